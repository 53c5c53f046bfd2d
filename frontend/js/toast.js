// Short messages at the edge of the page, read out by a live region.

import { element, html } from "./html.js";

const STAY = 6000;
const STAY_ON_FAILURE = 12000;

export const toast = (text, { failure = false } = {}) => {
  const region = document.getElementById("toasts");
  const shown = element(html`
    <div class="toast ${failure ? "failure" : ""}">
      <p>${text}</p>
      <button type="button" class="icon-button">
        <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M5 5l10 10M15 5L5 15"/></svg>
        <span class="unseen">Dismiss message</span>
      </button>
    </div>
  `);
  shown.querySelector("button").addEventListener("click", () => shown.remove());
  region.append(shown);
  setTimeout(() => shown.remove(), failure ? STAY_ON_FAILURE : STAY);
};
