// Sets a new password with the code from the mail, and signs in with it.

import * as cognito from "../core/cognito.js";
import { field, formMessage, onSubmit, passwordField, showErrors } from "../core/forms.js";
import { html, render } from "../core/html.js";
import { go, tellNext } from "../core/router.js";
import { toast } from "../core/toast.js";
import { carriedEmail, carry, enter, mailboxHint } from "./entering.js";
import { POLICY, emailProblem, errorsFor, found, passwordProblem } from "./messages.js";

const FORM = "reset";

const page = () => html`
  <div class="narrow">
    <h1 tabindex="-1">Choose a new password</h1>
    <p>If the address has an account, a code is on its way to it.</p>
    <form class="card" id="${FORM}">
      ${field({
        form: FORM, name: "email", label: "E-mail", type: "email", value: carriedEmail(),
        autocomplete: "username", autocapitalize: "none", spellcheck: "false",
      })}
      ${field({
        form: FORM, name: "code", label: "Code", hint: "The digits from the mail.",
        autocomplete: "one-time-code", inputmode: "numeric", class: "code",
      })}
      ${passwordField({
        form: FORM, name: "password", label: "New password", hint: POLICY, autocomplete: "new-password",
      })}
      ${formMessage}
      <div class="form-actions">
        <button type="submit" class="button">Set password</button>
        <a href="#/forgot">Send another code</a>
      </div>
    </form>
    ${mailboxHint()}
    <p class="aside"><a href="#/sign-in">Back to sign-in</a></p>
  </div>
`;

const enterOrAsk = async ({ email, password }) => {
  try {
    await enter({ email, password });
    toast("Your password is changed.");
  } catch {
    carry({ email });
    tellNext("Your password is changed. Sign in with it.");
    await go("/sign-in");
  }
};

// An address without an account must look like a wrong code.
const WRONG_CODE = ["UserNotFoundException", "NotAuthorizedException", "InvalidParameterException"];

const submit = (form) => async (given) => {
  const email = given.email.trim();
  try {
    await cognito.resetPassword({ email, code: given.code.replace(/\s/g, ""), password: given.password });
  } catch (error) {
    const wrongCode = { code: "That code is not right for this address." };
    showErrors(form, WRONG_CODE.includes(error.code) ? wrongCode : errorsFor(error));
    return;
  }
  await enterOrAsk({ email, password: given.password });
};

export const show = ({ main, signal }) => {
  render(main, page());
  const form = main.querySelector("form");
  onSubmit(form, submit(form), {
    signal,
    check: ({ email, password }) => found({ email: emailProblem(email), password: passwordProblem(password) }),
  });
};
