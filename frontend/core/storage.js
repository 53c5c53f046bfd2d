// JSON in the tab's sessionStorage; if storage is forbidden or full, the page goes on without it.

const memory = new Map();

/** @param {string} key @returns {any} */
export const read = (key) => {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return memory.get(key) ?? null;
  }
};

/** @param {string} key @param {unknown} value */
export const write = (key, value) => {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    memory.set(key, value);
  }
};

/** @param {string} key */
export const remove = (key) => {
  memory.delete(key);
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Then nothing was stored.
  }
};

/** @param {string} prefix */
export const keys = (prefix) => {
  try {
    return Object.keys(sessionStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [...memory.keys()].filter((key) => key.startsWith(prefix));
  }
};
