// Asks what to do if a file of that name exists: nothing is overwritten without asking.

import { openDialog } from "../core/dialog.js";
import { html } from "../core/html.js";
import { sizeText } from "../core/sizes.js";
import { brief } from "../core/times.js";

const about = ({ size, at }) => `${sizeText(size)}, ${brief(at)}`;

const body = ({ name, there, file, others }) => html`
  <p>There is already a file “${name}” (${about(there)}). What should happen to yours (${sizeText(file.size)})?</p>
  ${others > 0 && html`<label class="check"><input type="checkbox" data-all> The same for all that follow</label>`}
  <div class="dialog-actions">
    <button type="button" class="button quiet" data-choice="skip">Skip</button>
    <button type="button" class="button quiet" data-choice="replace">Replace</button>
    <button type="button" class="button" data-choice="both" autofocus>Keep both</button>
  </div>
`;

/** @param {any} given */
const show = async ({ signal, ...given }) => {
  const title = "The name is taken";
  const { dialog, close, closed } = openDialog({ title, body: body(given), kind: "small", signal });
  dialog.addEventListener("click", ({ target }) => {
    const choice = target.closest("[data-choice]")?.dataset.choice;
    if (choice) close({ choice, forAll: dialog.querySelector("[data-all]")?.checked ?? false });
  });
  return (await closed) ?? { choice: "skip", forAll: false };
};

// One dialog at a time; a choice for all applies to its batch.
let line = Promise.resolve();

export const askClash = (given, batch) => {
  const asked = line.then(async () => {
    if (batch.choice || given.signal.aborted) return batch.choice;
    const { choice, forAll } = await show({ ...given, others: batch.waiting });
    if (forAll) batch.choice = choice;
    return choice;
  });
  line = asked.catch(() => null);
  return asked;
};
