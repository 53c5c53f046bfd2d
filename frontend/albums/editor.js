// The dialog for adding or editing an album.

import { dialogActions, mayDiscard, openDialog } from "../core/dialog.js";
import { field, formMessage, onSubmit, setMessage, showErrors, values } from "../core/forms.js";
import { html } from "../core/html.js";
import { guard } from "../core/guard.js";
import { COMMON_GENRES, FIELDS, isSame, parsed, problemsOf } from "./fields.js";
import { keep } from "./kept.js";

const FORM = "album";

const inputFor = ({ name, label, hint = "", numeric = false }, typed) => field({
  form: FORM, name, label, hint, value: typed[name] ?? "", autocomplete: "off",
  inputmode: numeric ? "numeric" : null, list: name === "genre" ? `${FORM}-genres` : null,
});

const body = (kind, typed, genres) => html`
  <form id="${FORM}" class="album-form">
    ${FIELDS.map((given) => inputFor(given, typed))}
    <datalist id="${FORM}-genres">
      ${[...new Set([...COMMON_GENRES, ...genres])].sort().map((genre) => html`<option value="${genre}"></option>`)}
    </datalist>
    ${formMessage}
    ${dialogActions(kind === "add" ? "Save album" : "Save changes")}
  </form>
`;

// Resolves to the fields to save, or to null; calls `onDiscard` when the person discards what they typed.
export const openEditor = async ({ change, errors = {}, note = "", genres = [], onDiscard, signal }) => {
  const { kind, base } = change;
  const typed = change.fields ?? base ?? {};
  const title = kind === "add" ? "Add an album" : `Edit “${base.title}”`;
  const done = new AbortController();
  let form = null;
  const isChanged = () => !isSame(parsed(values(form)), parsed(base ?? {}));
  const mayClose = async () => {
    if (isChanged() && !(await mayDiscard())) return false;
    onDiscard();
    return true;
  };
  const { dialog, close, closed } = openDialog({ title, body: body(kind, typed, genres), mayClose, signal });
  form = dialog.querySelector("form");
  guard(isChanged, done.signal);
  form.addEventListener("input", () => keep({ ...change, fields: values(form) }, { typing: true }));
  onSubmit(form, async (given) => close(parsed(given)), { check: problemsOf });
  form.elements.rank.focus();
  if (note) setMessage(form, note, "note");
  showErrors(form, errors);
  const saved = await closed;
  done.abort();
  return saved;
};
