// Asks whether to delete a to-do, and what to do with its files.

import { dialogActions, openDialog } from "../core/dialog.js";
import { counted, sizeText } from "../core/sizes.js";
import { html } from "../core/html.js";

const SHOWN = 5;

const choice = (value, text, hint, isChecked) => html`
  <label class="option">
    <input type="radio" name="files" value="${value}"${isChecked && html` checked autofocus`}>
    <span>${text}<span class="hint">${hint}</span></span>
  </label>
`;

const names = (files) => html`
  <ul class="removal-files">
    ${files.slice(0, SHOWN).map(({ name, size }) => html`<li>${name} <span class="muted number">${sizeText(size)}</span></li>`)}
    ${files.length > SHOWN && html`<li class="muted">and ${files.length - SHOWN} more</li>`}
  </ul>
`;

const body = ({ files }) => html`
  <form>
    <p>What should happen to ${files.length === 1 ? "its file" : `its ${counted(files.length, "file")}`}?</p>
    ${names(files)}
    <fieldset class="options">
      <legend class="unseen">Files</legend>
      ${choice("keep", "Keep in my folder", "Only the to-do is deleted.", true)}
      ${choice("delete", "Delete from my folder as well", "They can't be brought back.", false)}
    </fieldset>
    ${dialogActions("Delete to-do", { danger: true })}
  </form>
`;

// Resolves to `{files}`, the files to delete with it, or to null. Without files it doesn't ask: that can be undone.
export const askRemoval = async (todo) => {
  if (!todo.files.length) return { files: [] };
  const { dialog, close, closed } = openDialog({ title: `Delete “${todo.title}”?`, body: body(todo), kind: "small" });
  const form = dialog.querySelector("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    close({ files: form.elements.files.value === "delete" ? todo.files : [] });
  });
  return closed;
};
