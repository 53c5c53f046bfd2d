// The dialog for editing a to-do; what is typed outlives the page.

import { dialogActions, mayDiscard, openDialog } from "../core/dialog.js";
import { dropDraft, readDraft, saveDraft } from "../core/drafts.js";
import { field, formMessage, onSubmit, selectField, setMessage, textField, values } from "../core/forms.js";
import { guard } from "../core/guard.js";
import { html } from "../core/html.js";
import { Attached, attachedField } from "./attached.js";
import { isSame, notesProblem, parsed, PRIORITIES, titleProblem } from "./fields.js";

const FORM = "todo";
const DRAFT = "todo-edit";

const body = ({ title, due, priority, notes }) => html`
  <form id="${FORM}" class="todo-form">
    ${field({ form: FORM, name: "title", label: "Title", value: title, autocomplete: "off" })}
    ${field({ form: FORM, name: "due", label: "Due", type: "date", value: due ?? "", required: false, max: "9999-12-31" })}
    ${selectField({ form: FORM, name: "priority", label: "Priority", value: priority, options: PRIORITIES })}
    ${textField({ form: FORM, name: "notes", label: "Notes", value: notes, rows: 4 })}
    ${attachedField}
    ${formMessage}
    ${dialogActions("Save changes")}
  </form>
`;

const problemsOf = (form) => ({ title, notes }) => {
  // A partly typed date reads as empty.
  const half = form.elements.due.validity.badInput ? "Enter a full date, or none." : null;
  const problems = { title: titleProblem(title), due: half, notes: notesProblem(notes) };
  return Object.fromEntries(Object.entries(problems).filter(([, text]) => text));
};

// What was being edited when the page was left: `{todo, fields}`.
export const draftOfEdit = () => readDraft(DRAFT);

// Resolves to the fields to save, or to null.
export const openEditor = async ({ todo, fields = todo, note = "", signal }) => {
  const done = new AbortController();
  let form = null;
  let attached = null;
  const typed = () => ({ ...values(form), files: attached.files });
  const isChanged = () => !isSame(parsed(typed()), todo);
  const mayClose = async () => !isChanged() || mayDiscard();
  const opened = openDialog({ title: `Edit “${todo.title}”`, body: body(fields), mayClose, signal });
  const keep = () => saveDraft(DRAFT, { todo, fields: typed() });
  form = opened.dialog.querySelector("form");
  attached = new Attached({ field: form.querySelector("#attached"), files: fields.files, onChange: keep, signal });
  guard(() => opened.dialog.open && isChanged(), done.signal);
  form.addEventListener("input", keep);
  onSubmit(form, async () => opened.close(parsed(typed())), { check: problemsOf(form) });
  form.elements.title.focus();
  if (note) setMessage(form, note, "note");
  const saved = await opened.closed;
  done.abort();
  // If the page was left, the draft waits for the next visit.
  if (!signal.aborted) dropDraft(DRAFT);
  return saved;
};
