// Requests a code for setting a new password.

import * as cognito from "../core/cognito.js";
import { field, formMessage, onSubmit, showErrors } from "../core/forms.js";
import { html, render } from "../core/html.js";
import { go } from "../core/router.js";
import { carriedEmail, carry } from "./entering.js";
import { emailProblem, errorsFor, found } from "./messages.js";

const FORM = "forgot";

const page = () => html`
  <div class="narrow">
    <h1 tabindex="-1">Forgotten your password?</h1>
    <p>Type your address. If it has an account, a code will be mailed to it.</p>
    <form class="card" id="${FORM}">
      ${field({
        form: FORM, name: "email", label: "E-mail", type: "email", value: carriedEmail(),
        autocomplete: "username", autocapitalize: "none", spellcheck: "false",
      })}
      ${formMessage}
      <div class="form-actions"><button type="submit" class="button">Send a code</button></div>
    </form>
    <p class="aside"><a href="#/sign-in">Back to sign-in</a></p>
  </div>
`;

// Nobody should learn whether an address has an account, so both answers look the same.
const HIDDEN = ["UserNotFoundException", "InvalidParameterException", "NotAuthorizedException"];

const submit = (form) => async (given) => {
  const email = given.email.trim();
  try {
    await cognito.forgotPassword({ email });
  } catch (error) {
    if (!HIDDEN.includes(error.code)) {
      showErrors(form, errorsFor(error));
      return;
    }
  }
  carry({ email });
  await go("/reset");
};

export const show = ({ main, signal }) => {
  render(main, page());
  const form = main.querySelector("form");
  onSubmit(form, submit(form), { signal, check: ({ email }) => found({ email: emailProblem(email) }) });
};
