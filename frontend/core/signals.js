// A list of listeners: how modules tell each other of a change without importing one another.

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
