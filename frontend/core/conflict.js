// Somebody saved another version first: shows both side by side, with a choice for each field that differs.

import { dialogActions, openDialog } from "./dialog.js";
import { html } from "./html.js";

const FORM = "conflict";

// A field's value may be a list.
const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// Prefers theirs for fields that only they changed, and mine for the rest.
const preferred = (name, { base, mine, theirs }) =>
  isSame(mine[name], base[name]) && !isSame(theirs[name], base[name]) ? "theirs" : "mine";

const shown = ({ name, show }, version) => (show ? show(version[name]) : version[name]);

const choice = (field, side, sideLabel, version, checked) => html`
  <label class="side ${side}">
    <input type="radio" name="${field.name}" value="${side}"${checked && html` checked`}>
    <span class="side-name">${sideLabel}<span class="unseen"> ${field.label.toLowerCase()}</span></span>
    <mark>${shown(field, version)}</mark>
  </label>
`;

const differing = (field, versions, other) => {
  const kept = preferred(field.name, versions);
  return html`
    <fieldset class="differs">
      <legend>${field.label} <span class="tag">differs</span></legend>
      ${choice(field, "mine", "Mine", versions.mine, kept === "mine")}
      ${choice(field, "theirs", other, versions.theirs, kept === "theirs")}
    </fieldset>
  `;
};

const same = (field, { mine }) => html`
  <div class="same"><span class="same-label">${field.label}</span> <span>${shown(field, mine)}</span></div>
`;

const body = ({ text, other, fields, versions }) => html`
  <form id="${FORM}" class="conflict">
    <p>${text} Choose what to keep of each, then save.</p>
    <div class="form-actions">
      <button type="button" class="button quiet small" data-all="mine">Use all mine</button>
      <button type="button" class="button quiet small" data-all="theirs">Use all ${other.toLowerCase()}</button>
    </div>
    ${fields.map((field) => isSame(versions.mine[field.name], versions.theirs[field.name])
      ? same(field, versions)
      : differing(field, versions, other))}
    ${dialogActions("Save this version", { leave: "Decide later" })}
  </form>
`;

const chooseAll = (form, side) =>
  form.querySelectorAll(`input[value="${side}"]`).forEach((input) => {
    input.checked = true;
  });

const chosen = (form, fields, { mine, theirs }) =>
  Object.fromEntries(fields.map(({ name }) => {
    const side = form.elements[name]?.value === "theirs" ? theirs : mine;
    return [name, side[name]];
  }));

// `versions` has `base`, `mine` and `theirs`; a field's optional `show` turns its value into words; `other` is the
// label for theirs. Resolves to the fields to save, or to null if the person decides later.
/** @param {any} given */
export const resolveConflict = async ({ title, signal, ...given }) => {
  const { fields, versions } = given;
  const { dialog, close, closed } = openDialog({ title, body: body(given), kind: "wide", signal });
  const form = dialog.querySelector("form");
  form.addEventListener("click", ({ target }) => {
    if (target.dataset.all) chooseAll(form, target.dataset.all);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    close(chosen(form, fields, versions));
  });
  return closed;
};
