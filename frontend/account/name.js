// Changes the name that others see.

import { changeMe } from "../core/api.js";
import { dropDraft, keepForm } from "../core/drafts.js";
import { field, fieldErrors, formMessage, onSubmit, setMessage, showErrors } from "../core/forms.js";
import { guard } from "../core/guard.js";
import { html } from "../core/html.js";
import { me, setMe } from "../core/me.js";

const FORM = "name";

export const nameSection = (person) => html`
  <form class="card" id="${FORM}">
    <h2>Name</h2>
    ${field({ form: FORM, name: "name", label: "Name", value: person.name, autocomplete: "name" })}
    ${formMessage}
    <div class="form-actions"><button type="submit" class="button">Save name</button></div>
  </form>
`;

const failed = (form, problem) => {
  const errors = problem.errors.length ? fieldErrors(problem) : { "": problem.detail };
  showErrors(form, errors);
};

const submit = (form) => async ({ name }) => {
  try {
    setMe(await changeMe({ body: { name: name.trim() } }));
    dropDraft(FORM);
    form.elements.name.value = me().name;
    setMessage(form, "Your name is saved.", "success");
  } catch (problem) {
    failed(form, problem);
  }
};

export const startName = (form, signal) => {
  keepForm(form, FORM, signal);
  guard(() => form.elements.name.value.trim() !== me()?.name, signal);
  onSubmit(form, submit(form), { signal });
};
