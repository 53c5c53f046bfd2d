// Signs in with e-mail and password, or on the hosted page; on a laptop, as one of the demo people.

import { config } from "../core/config.js";
import { dropDraft, keepForm } from "../core/drafts.js";
import { field, formMessage, onSubmit, passwordField, showErrors } from "../core/forms.js";
import * as hosted from "../core/hosted.js";
import { html, render } from "../core/html.js";
import { go, tellNext } from "../core/router.js";
import { carriedEmail, carry, enter } from "./entering.js";
import { emailProblem, errorsFor, found } from "./messages.js";

const FORM = "sign-in";

const demoPeople = (people) => html`
  <section class="demo" aria-labelledby="demo-title">
    <h2 id="demo-title">Demo people</h2>
    <p class="hint">Choose one to fill in the form.</p>
    <ul class="inline-list">${people.map((person, index) => html`
      <li><button type="button" class="button quiet" data-demo="${index}">${person.name}</button></li>
    `)}</ul>
  </section>
`;

const page = () => html`
  <div class="narrow">
    <h1 tabindex="-1">Sign in</h1>
    <form class="card" id="${FORM}">
      ${field({
        form: FORM, name: "email", label: "E-mail", type: "email", value: carriedEmail(),
        autocomplete: "username", autocapitalize: "none", spellcheck: "false",
      })}
      ${passwordField({ form: FORM, name: "password", label: "Password", autocomplete: "current-password" })}
      <label class="check">
        <input type="checkbox" name="kept" data-secret="true"> Keep me signed in
      </label>
      ${formMessage}
      <div class="form-actions">
        <button type="submit" class="button">Sign in</button>
        <a href="#/forgot">Forgotten your password?</a>
      </div>
      ${hosted.isOffered() && html`
        <p class="or"><span>or</span></p>
        <button type="button" class="button quiet wide" id="hosted">Sign in on the hosted page</button>
      `}
    </form>
    ${Array.isArray(config().demo) && demoPeople(config().demo)}
    <p class="aside">New here? <a href="#/sign-up">Create an account</a></p>
  </div>
`;

const fill = (form, person) => {
  form.elements.email.value = person.email;
  form.elements.password.value = person.password;
  form.querySelector("[type=submit]").focus();
};

const toCodePage = (credentials) => {
  carry(credentials);
  tellNext("This address is not confirmed yet. Type the code from the mail, or send a new one.", "warning");
  return go("/confirm");
};

const toForgotPage = ({ email }) => {
  carry({ email });
  tellNext("This account needs a new password. Send a code to set one.", "warning");
  return go("/forgot");
};

const ELSEWHERE = {
  UserNotConfirmedException: toCodePage,
  PasswordResetRequiredException: toForgotPage,
  NEW_PASSWORD_REQUIRED: toForgotPage,
};

const submit = (form) => async (given) => {
  const credentials = { email: given.email.trim(), password: given.password };
  try {
    await enter(credentials, { kept: form.elements.kept.checked });
    dropDraft(FORM);
  } catch (error) {
    if (ELSEWHERE[error.code]) await ELSEWHERE[error.code](credentials);
    else showErrors(form, errorsFor(error));
  }
};

export const show = ({ main, signal }) => {
  render(main, page());
  const form = main.querySelector("form");
  keepForm(form, FORM, signal);
  if (carriedEmail()) form.elements.email.value = carriedEmail();
  onSubmit(form, submit(form), { signal, check: ({ email }) => found({ email: emailProblem(email) }) });
  main.querySelector("#hosted")?.addEventListener("click", () => hosted.begin(form.elements.kept.checked));
  main.querySelector(".demo")?.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-demo]");
    if (button) fill(form, config().demo[Number(button.dataset.demo)]);
  });
};
