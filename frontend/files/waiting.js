// Pauses between tries, and limits on what runs at once.

/** @param {number} milliseconds @param {AbortSignal} [signal] */
export const pause = (milliseconds, signal) => new Promise((resolve, reject) => {
  const end = () => {
    clearTimeout(timer);
    reject(signal?.reason);
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener("abort", end);
    resolve(undefined);
  }, milliseconds);
  if (signal?.aborted) end();
  else signal?.addEventListener("abort", end, { once: true });
});

// Full jitter: requests that were refused together must not come back together.
/** @param {number} tries */
export const backOff = (tries, { first = 300, most = 15000 } = {}) =>
  Math.min(most, first * 2 ** tries) * (0.2 + 0.8 * Math.random());

// At most `most` at once; the others wait in line.
/** @param {number} most */
export const makeTurns = (most) => {
  /** @type {((turn: unknown) => void)[]} */
  const line = [];
  let running = 0;
  const next = () => {
    if (running === most || line.length === 0) return;
    running += 1;
    line.shift()?.(undefined);
  };
  return async (/** @type {() => Promise<any>} */ work) => {
    const turn = new Promise((resolve) => line.push(resolve));
    next();
    await turn;
    try {
      return await work();
    } finally {
      running -= 1;
      next();
    }
  };
};

// Runs the work for each item, a few at a time; the first failure ends it.
/** @template T @param {T[]} items @param {number} most @param {(item: T) => Promise<any>} work */
export const each = (items, most, work) => {
  const turn = makeTurns(most);
  let failed = false;
  return Promise.all(items.map((item) => turn(async () => {
    if (failed) return null;
    try {
      return await work(item);
    } catch (error) {
      failed = true;
      throw error;
    }
  })));
};
