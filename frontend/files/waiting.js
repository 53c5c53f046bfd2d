// Waits and turns: how long until the next try, and who may go now.

export const pause = (milliseconds, signal) => new Promise((resolve, reject) => {
  const end = () => {
    clearTimeout(timer);
    reject(signal.reason);
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener("abort", end);
    resolve();
  }, milliseconds);
  if (signal?.aborted) end();
  else signal?.addEventListener("abort", end, { once: true });
});

// Full jitter: who was refused together must not come back together.
export const backOff = (tries, { first = 300, most = 15000 } = {}) =>
  Math.min(most, first * 2 ** tries) * (0.2 + 0.8 * Math.random());

// At most so many at once; the others wait in line.
export const makeTurns = (most) => {
  const line = [];
  let running = 0;
  const next = () => {
    if (running === most || line.length === 0) return;
    running += 1;
    line.shift()();
  };
  return async (work) => {
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

// The work over all of them, a few at a time; the first failure ends it.
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
