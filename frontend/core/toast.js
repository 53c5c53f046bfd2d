// Short messages at the edge of the page, read out by a live region.

import { element, html } from "./html.js";
import { icon } from "./icons.js";

const STAY = 6000;
const STAY_LONGER = 12000;

const actionButton = ({ text }) => html`<button type="button" class="button quiet small" data-act>${text}</button>`;

// `action` is an optional button: `{text, run}`.
export const toast = (text, { failure = false, action = null } = {}) => {
  const region = document.getElementById("toasts");
  const shown = element(html`
    <div class="toast ${failure ? "failure" : ""}">
      <p>${text}</p>
      ${action && actionButton(action)}
      <button type="button" class="icon-button">
        ${icon("close")}
        <span class="unseen">Dismiss message</span>
      </button>
    </div>
  `);
  shown.addEventListener("click", ({ target }) => {
    if (!target.closest("button")) return;
    shown.remove();
    if (target.closest("[data-act]")) action.run();
  });
  region.append(shown);
  setTimeout(() => shown.remove(), failure || action ? STAY_LONGER : STAY);
};
