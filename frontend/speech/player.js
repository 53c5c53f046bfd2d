// Signed URLs expire: playing or downloading a recording later gets a new one, and goes on where it was.

const SOON = 10000;

const hasExpired = ({ expiresAt }) => Date.parse(expiresAt) - Date.now() < SOON;

const isFor = (address, audio) => address === audio.url;

const load = (player, audio, { at, plays }) => {
  player.src = audio.url;
  player.addEventListener("loadedmetadata", () => (player.currentTime = at), { once: true });
  if (plays) player.play().catch(() => null);
  else player.load();
};

const renew = async (player, read) => {
  const { currentTime: at, src } = player;
  const plays = !player.paused;
  player.pause();
  const job = await read();
  if (job?.audio && !isFor(src, job.audio)) load(player, job.audio, { at, plays });
};

// `audioOf` returns what is known of a recording, `read` reads it again; `onPlay` is told which one begins.
export const startPlayers = ({ list, audioOf, read, onPlay, onFailure, signal }) => {
  const keyOf = (target) => target.closest("li").dataset.key;
  const renewing = new Set();
  const tried = new WeakMap();

  const again = async (player) => {
    const id = keyOf(player);
    if (renewing.has(id)) return;
    renewing.add(id);
    await renew(player, () => read(id));
    renewing.delete(id);
  };

  // Media events don't bubble.
  list.addEventListener("play", ({ target }) => {
    for (const other of list.querySelectorAll("audio")) if (other !== target) other.pause();
    onPlay(keyOf(target));
    const audio = audioOf(keyOf(target));
    if (audio && hasExpired(audio)) again(target);
  }, { capture: true, signal });

  // Loads a recording's duration only when the pointer or focus is near: a long list loads nothing.
  const prepare = ({ target }) => {
    const player = target.closest("li")?.querySelector("audio[preload=none]");
    if (player && !hasExpired(audioOf(keyOf(player)))) player.preload = "metadata";
  };
  list.addEventListener("pointerover", prepare, { signal });
  list.addEventListener("focusin", prepare, { signal });

  list.addEventListener("error", ({ target }) => {
    if (target.tagName !== "AUDIO") return;
    const audio = audioOf(keyOf(target));
    if (tried.get(target) === audio?.url || !audio || !hasExpired(audio)) onFailure();
    else again(target);
    tried.set(target, audio?.url);
  }, { capture: true, signal });

  list.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-download]");
    const audio = link && audioOf(keyOf(link));
    if (!audio || !hasExpired(audio)) return;
    event.preventDefault();
    const job = await read(keyOf(link));
    if (!job?.audio) return;
    link.href = job.audio.download;
    link.click();
  }, { signal });
};
