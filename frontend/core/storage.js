// JSON in the tab's sessionStorage; where storage is forbidden or full, the page goes on without.

const memory = new Map();

export const read = (key) => {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return memory.get(key) ?? null;
  }
};

export const write = (key, value) => {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    memory.set(key, value);
  }
};

export const remove = (key) => {
  memory.delete(key);
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing was stored there, then.
  }
};

export const keys = (prefix) => {
  try {
    return Object.keys(sessionStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [...memory.keys()].filter((key) => key.startsWith(prefix));
  }
};
