// Creates an account with name, e-mail and password.

import * as cognito from "../core/cognito.js";
import { dropDraft, keepForm } from "../core/drafts.js";
import { field, formMessage, onSubmit, passwordField, showErrors } from "../core/forms.js";
import { html, render } from "../core/html.js";
import { go } from "../core/router.js";
import { carry } from "./entering.js";
import { POLICY, emailProblem, errorsFor, found, passwordProblem } from "./messages.js";

const FORM = "sign-up";

const page = html`
  <div class="narrow">
    <h1 tabindex="-1">Create an account</h1>
    <form class="card" id="${FORM}">
      ${field({ form: FORM, name: "name", label: "Name", autocomplete: "name", hint: "As others will see it." })}
      ${field({
        form: FORM, name: "email", label: "E-mail", type: "email", hint: "A code will be mailed to it.",
        autocomplete: "username", autocapitalize: "none", spellcheck: "false",
      })}
      ${passwordField({ form: FORM, name: "password", label: "Password", hint: POLICY, autocomplete: "new-password" })}
      ${formMessage}
      <div class="form-actions"><button type="submit" class="button">Create account</button></div>
    </form>
    <p class="aside">Have an account? <a href="#/sign-in">Sign in</a></p>
  </div>
`;

const submit = (form) => async (given) => {
  const person = { name: given.name.trim(), email: given.email.trim(), password: given.password };
  try {
    await cognito.signUp(person);
    carry(person);
    dropDraft(FORM);
    await go("/confirm");
  } catch (error) {
    // If the account already exists, the sign-in page starts with its address.
    if (error.code === "UsernameExistsException") carry({ email: person.email });
    showErrors(form, errorsFor(error));
  }
};

export const show = ({ main, signal }) => {
  render(main, page);
  const form = main.querySelector("form");
  keepForm(form, FORM, signal);
  onSubmit(form, submit(form), {
    signal,
    check: ({ email, password }) => found({ email: emailProblem(email), password: passwordProblem(password) }),
  });
};
