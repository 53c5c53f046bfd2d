// Work goes on once the network is back, however long that takes: only the person ends it.

import { network } from "../core/network.js";
import { backOff, pause } from "./waiting.js";

const onceOnline = (signal) => new Promise((resolve) => {
  network.listen((state) => state === "online" && resolve(state), signal);
});

const wait = async (tries, signal) => {
  const done = new AbortController();
  try {
    const online = onceOnline(AbortSignal.any([signal, done.signal]));
    await Promise.race([pause(backOff(tries, { first: 1000 }), signal), online]);
  } finally {
    done.abort();
  }
};

// Calls `onWaiting` before each wait.
export const untilAnswered = async (work, { signal, onWaiting }) => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (error.code !== "Unreachable") throw error;
      onWaiting();
      await wait(tries, signal);
    }
  }
};
