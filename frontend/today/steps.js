// The first steps in each area: the features name them, the API says which are done.

import { html } from "../core/html.js";
import { icon } from "../core/icons.js";

const FEW = 3;

const doneOf = (steps) => steps.filter(({ done }) => done).length;

// Who has not done most of them yet is still finding the way.
export const isNew = (steps) => (steps ? doneOf(steps) < FEW : false);

const ticked = html`<span class="step-tick">${icon("tick")}<span class="unseen">Done: </span></span>`;

const open = html`<span class="step-tick" aria-hidden="true"></span>`;

const step = ({ title, text, to, area, done }) => html`
  <li class="step ${done && "done"}" data-area="${area}">
    <a href="${to}">
      ${icon(area)}
      <span class="step-words"><strong>${title}</strong> <span class="muted">${text}</span></span>
      ${done ? ticked : open}
    </a>
  </li>
`;

const title = (steps) => (isNew(steps) ? "Five first steps" : "Not tried yet");

// Those that are done stay in sight only while there is a way to go.
export const drawSteps = (steps, parts) => {
  const named = steps.map((one) => ({ ...one, ...parts.find((part) => part.step?.id === one.id)?.step }));
  const shown = named.filter((one) => one.title && (isNew(steps) || !one.done));
  if (shown.length === 0 || doneOf(steps) === steps.length) return html``;
  return html`
    <section class="steps" aria-labelledby="steps-title">
      <div class="steps-head">
        <h2 id="steps-title">${title(steps)}</h2>
        <p class="muted number">${doneOf(steps)} of ${steps.length} done</p>
      </div>
      <ol>${shown.map(step)}</ol>
    </section>
  `;
};
