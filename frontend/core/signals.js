// A list of listeners: how modules notify each other without importing each other.

export const makeSignal = () => {
  const listeners = new Set();
  return {
    /** @param {(value: any) => void} listener @param {AbortSignal} [signal] */
    listen(listener, signal) {
      listeners.add(listener);
      signal?.addEventListener("abort", () => listeners.delete(listener));
    },
    /** @param {any} [value] */
    tell(value) {
      for (const listener of [...listeners]) listener(value);
    },
  };
};
