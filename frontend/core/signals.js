// A list of listeners: how modules tell each other of a change without importing one another.

export const makeSignal = () => {
  const listeners = new Set();
  return {
    listen(listener, signal) {
      listeners.add(listener);
      signal?.addEventListener("abort", () => listeners.delete(listener));
    },
    tell(value) {
      for (const listener of [...listeners]) listener(value);
    },
  };
};
