// Knows whether the API can be reached, and tells listeners.

import { makeSignal } from "./signals.js";

const changed = makeSignal();
let reachable = true;

const state = () => {
  if (!navigator.onLine) return "offline";
  return reachable ? "online" : "unreachable";
};

export const network = {
  state,
  listen: changed.listen,
  reached() {
    if (reachable) return;
    reachable = true;
    changed.tell(state());
  },
  failed() {
    reachable = false;
    changed.tell(state());
  },
};

addEventListener("offline", () => changed.tell(state()));
addEventListener("online", () => {
  reachable = true;
  changed.tell(state());
});
