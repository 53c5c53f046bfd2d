// Keeps a page up to date: catches up after every connection, and polls now and then without one.

import * as live from "./live.js";

const EVERY = 20000;
const NOT_BEFORE = 3000;

// One run at a time; calls during a run cause one more.
const oneByOne = (work) => {
  let running = null;
  let again = false;
  const run = async (more) => {
    await work(more);
    while (again) {
      again = false;
      await work({});
    }
  };
  return (more = {}) => {
    if (running) again = true;
    else running = run(more).finally(() => (running = null));
    return running;
  };
};

// `isPoll` tells `catchUp` that this is a routine poll, not the return from a long absence.
export const follow = (catchUp, signal) => {
  const read = oneByOne(async (more) => {
    if (!signal?.aborted) await catchUp(more);
  });
  let lastAt = Date.now();
  const poll = () => {
    if (live.isOpen() || document.visibilityState !== "visible" || Date.now() - lastAt < NOT_BEFORE) return;
    lastAt = Date.now();
    read({ isPoll: true });
  };
  live.onConnect(() => read(), signal);
  const timer = setInterval(poll, EVERY);
  signal?.addEventListener("abort", () => clearInterval(timer));
  addEventListener("focus", poll, { signal });
  addEventListener("online", poll, { signal });
  document.addEventListener("visibilitychange", poll, { signal });
  return read;
};
