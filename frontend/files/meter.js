// How full the folder is, and which files were removed because they didn't fit.

import { html, render } from "../core/html.js";
import { exact } from "../core/times.js";
import { dismissRefusals, onQuota, quota, refusals } from "./quota.js";
import { sizeText } from "../core/sizes.js";

const NEARLY = 0.9;

const counted = new Intl.NumberFormat("en");

// The number of files is shown only when it nears the limit.
const number = ({ files, mostFiles }) =>
  (files >= mostFiles * NEARLY ? `, ${counted.format(files)} of ${counted.format(mostFiles)} files` : "");

/** @param {any} folder */
const filled = ({ used, quota: most, ...folder }) => html`
  <p class="number" id="used">${sizeText(used)} of ${sizeText(most)} used${number(folder)}</p>
  <progress class="${used >= most * NEARLY && "nearly"}" max="${most}" value="${used}"
    aria-labelledby="used"></progress>
`;

const refused = (all) => html`
  <div class="notice warning" role="alert">
    <p>Your folder is full. These files did not fit and were removed:</p>
    <ul>${all.map(({ name, bytes, at }) => html`
      <li>${name} <span class="muted">(${sizeText(bytes)}, ${exact(at)})</span></li>
    `)}</ul>
    <p><button type="button" class="button quiet small">Understood</button></p>
  </div>
`;

export const meter = html`<div id="refused"></div><div class="meter" id="meter"></div>`;

export const startMeter = (main, signal) => {
  const [place, notice] = [main.querySelector("#meter"), main.querySelector("#refused")];
  const show = () => {
    if (quota()) render(place, filled(quota()));
    const all = refusals();
    if (notice.dataset.look === JSON.stringify(all)) return;
    notice.dataset.look = JSON.stringify(all);
    render(notice, all.length ? refused(all) : html``);
  };
  notice.addEventListener("click", ({ target }) => {
    if (target.closest("button")) dismissRefusals();
  });
  onQuota(show, signal);
  show();
};
