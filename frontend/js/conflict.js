// Somebody else saved first: both versions side by side, and a choice for each field that differs.

import { openDialog } from "./dialog.js";
import { html } from "./html.js";

const FORM = "conflict";

// What only the other person changed is best kept as it is now; of the rest, mine was typed last.
const preferred = (name, { base, mine, theirs }) =>
  mine[name] === base[name] && theirs[name] !== base[name] ? "theirs" : "mine";

const choice = ({ name, label }, side, sideLabel, version, checked) => html`
  <label class="side ${side}">
    <input type="radio" name="${name}" value="${side}"${checked && html` checked`}>
    <span class="side-name">${sideLabel}<span class="unseen"> ${label.toLowerCase()}</span></span>
    <mark>${version[name]}</mark>
  </label>
`;

const differing = (field, versions) => {
  const kept = preferred(field.name, versions);
  return html`
    <fieldset class="differs">
      <legend>${field.label} <span class="tag">differs</span></legend>
      ${choice(field, "mine", "Mine", versions.mine, kept === "mine")}
      ${choice(field, "theirs", "Theirs", versions.theirs, kept === "theirs")}
    </fieldset>
  `;
};

const same = ({ name, label }, { mine }) => html`
  <div class="same"><span class="same-label">${label}</span> <span>${mine[name]}</span></div>
`;

const body = (fields, versions) => html`
  <form id="${FORM}" class="conflict">
    <p>Somebody saved another version while you were editing. Choose what to keep of each, then save.</p>
    <div class="form-actions">
      <button type="button" class="button quiet small" data-all="mine">Use all mine</button>
      <button type="button" class="button quiet small" data-all="theirs">Use all theirs</button>
    </div>
    ${fields.map((field) => versions.mine[field.name] === versions.theirs[field.name]
      ? same(field, versions)
      : differing(field, versions))}
    <div class="dialog-actions">
      <button type="button" class="button quiet" data-leave>Decide later</button>
      <button type="submit" class="button">Save this version</button>
    </div>
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

// `fields` have a `name` and a `label`. Resolves to what is to be saved, or to null when the choice is put off.
export const resolveConflict = async ({ title, fields, versions, signal }) => {
  const { dialog, close, closed } = openDialog({ title, body: body(fields, versions), kind: "wide", signal });
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
