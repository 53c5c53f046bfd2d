// Deletes the account after its address has been typed to confirm.

import { eraseMe } from "../core/api.js";
import { dialogActions, openDialog } from "../core/dialog.js";
import { field, formMessage, onSubmit, showErrors } from "../core/forms.js";
import { html } from "../core/html.js";
import { me } from "../core/me.js";
import * as session from "../core/session.js";

const FORM = "erase";

const body = (email) => html`
  <form id="${FORM}">
    <p>Your account <strong>${email}</strong> and all that it owns will be gone for good.</p>
    ${field({
      form: FORM, name: "typed", label: "Type your e-mail address to confirm",
      autocomplete: "off", autocapitalize: "none", spellcheck: "false",
    })}
    ${formMessage}
    ${dialogActions("Delete for good", { danger: true })}
  </form>
`;

const check = (email) => ({ typed }) =>
  typed.trim().toLowerCase() === email.toLowerCase() ? {} : { typed: "That is not the address of this account." };

export const openErase = (signal) => {
  const { email } = me();
  const { dialog, close } = openDialog({ title: "Delete your account?", body: body(email), kind: "small", signal });
  const form = dialog.querySelector("form");
  const submit = async () => {
    try {
      await eraseMe();
      close();
      session.signOut("erased");
    } catch (problem) {
      showErrors(form, { "": problem.detail });
    }
  };
  onSubmit(form, submit, { signal, check: check(email) });
};
