// A quiet line that says when live updates are interrupted; a short interruption is not worth a word.

import * as live from "./live.js";

const AFTER = 2500;
const TEXT = "Reconnecting… What is new may come late.";

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
