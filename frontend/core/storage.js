// JSON in the browser's storage; if storage is forbidden or full, the page goes on without it.

/** @param {() => Storage} place */
const stored = (place) => {
  const memory = new Map();
  return {
    /** @param {string} key @returns {any} */
    read(key) {
      try {
        return JSON.parse(place().getItem(key) ?? "null");
      } catch {
        return memory.get(key) ?? null;
      }
    },

    /** @param {string} key @param {unknown} value */
    write(key, value) {
      try {
        place().setItem(key, JSON.stringify(value));
      } catch {
        memory.set(key, value);
      }
    },

    /** @param {string} key */
    remove(key) {
      memory.delete(key);
      try {
        place().removeItem(key);
      } catch {
        // Then nothing was stored.
      }
    },

    /** @param {string} prefix */
    keys(prefix) {
      try {
        return Object.keys(place()).filter((key) => key.startsWith(prefix));
      } catch {
        return [...memory.keys()].filter((key) => key.startsWith(prefix));
      }
    },
  };
};

// The tab's, gone with it.
const tab = stored(() => sessionStorage);

export const read = tab.read;

export const write = tab.write;

export const remove = tab.remove;

export const keys = tab.keys;

// The browser's, shared by its tabs, and still there when it is opened again.
export const device = stored(() => localStorage);
