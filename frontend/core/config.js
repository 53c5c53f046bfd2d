// The contract between this site and its stage: /config.json, read once.

let loaded = null;

export const loadConfig = async () => {
  const response = await fetch("/config.json", { cache: "no-store", signal: AbortSignal.timeout(20000) });
  if (!response.ok) throw new Error(`/config.json answered ${response.status}.`);
  loaded = await response.json();
  return loaded;
};

export const config = () => loaded;
