// On the account's page: which notices one wants, and whether this device shows them.

import { chooseNotices, getNoticeChoices } from "../core/api.js";
import { html, render } from "../core/html.js";
import { toast } from "../core/toast.js";
import { canShow, isBlocked, isShown, switchOff, switchOn } from "./device.js";

export const noticesSection = html`
  <section class="card" aria-labelledby="notices-title">
    <h2 id="notices-title">Notices</h2>
    <div class="notice-choices" id="notice-choices"></div>
    <div id="notices-here"></div>
  </section>
`;

const choice = ({ kind, says, wanted }) => html`
  <label class="check"><input type="checkbox" name="${kind}"${wanted && html` checked`}> ${says}</label>
`;

const device = () => {
  if (!canShow()) return html``;
  if (isBlocked()) return html`<p class="hint">Your browser blocks notifications from this page.</p>`;
  return html`
    <p class="hint">This device can show them, too, while the page is in the background.</p>
    <div class="form-actions">
      <button type="button" class="button quiet"
        >${isShown() ? "Stop showing them on this device" : "Show them on this device"}</button>
    </div>
  `;
};

const loadChoices = async (place, signal) => {
  try {
    const { kinds } = await getNoticeChoices();
    if (!signal.aborted) render(place, html`${kinds.map(choice)}`);
  } catch (problem) {
    if (!signal.aborted) render(place, html`<p class="error" role="alert">Your choice could not be loaded. ${problem.detail}</p>`);
  }
};

const choose = async (box) => {
  try {
    await chooseNotices({ body: { kinds: [{ kind: box.name, wanted: box.checked }] } });
  } catch (problem) {
    box.checked = !box.checked;
    toast(`Your choice was not saved. ${problem.detail}`, { failure: true });
  }
};

const toggle = async () => {
  if (isShown()) switchOff();
  else if (!(await switchOn())) toast("This device shows no notifications: your browser did not allow them.");
};

export const startNoticeSettings = (main, signal) => {
  const [choices, here] = ["#notice-choices", "#notices-here"].map((place) => main.querySelector(place));
  choices.addEventListener("change", ({ target }) => choose(target), { signal });
  here.addEventListener("click", async ({ target }) => {
    if (!target.closest("button")) return;
    await toggle();
    render(here, device());
    here.querySelector("button")?.focus();
  }, { signal });
  render(here, device());
  loadChoices(choices, signal);
};
