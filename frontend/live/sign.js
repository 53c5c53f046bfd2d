// A quiet line for when live updates are interrupted; short interruptions are not mentioned.

import * as live from "./live.js";

const AFTER = 2500;
const TEXT = "Reconnecting… Updates may be late.";

export const startSign = (target, signal) => {
  let timer = null;
  const show = (state) => {
    clearTimeout(timer);
    if (state !== "connecting") target.textContent = "";
    else timer = setTimeout(() => (target.textContent = TEXT), AFTER);
  };
  live.onState(show, signal);
  signal.addEventListener("abort", () => clearTimeout(timer));
  show(live.state());
};
