// Confirms the address with the code from the sign-up mail; signs in at once if the password is still in memory.

import * as cognito from "../core/cognito.js";
import { dropDraft, keepForm } from "../core/drafts.js";
import { field, formMessage, onSubmit, setMessage, showErrors, values } from "../core/forms.js";
import { html, render } from "../core/html.js";
import { go, tellNext } from "../core/router.js";
import { carriedEmail, carry, enter, mailboxHint, takePassword } from "./entering.js";
import { emailProblem, errorsFor, found } from "./messages.js";

const FORM = "confirm";

const page = (email) => html`
  <div class="narrow">
    <h1 tabindex="-1">Confirm your address</h1>
    <p>A mail with a code was sent to ${email ? html`<strong>${email}</strong>` : "your address"}.</p>
    <form class="card" id="${FORM}">
      ${field({
        form: FORM, name: "email", label: "E-mail", type: "email", value: email,
        autocomplete: "username", autocapitalize: "none", spellcheck: "false",
      })}
      ${field({
        form: FORM, name: "code", label: "Code", hint: "The digits from the mail.",
        autocomplete: "one-time-code", inputmode: "numeric", class: "code",
      })}
      ${formMessage}
      <div class="form-actions">
        <button type="submit" class="button">Confirm</button>
        <button type="button" class="button quiet" id="resend">Send a new code</button>
      </div>
    </form>
    ${mailboxHint()}
    <p class="aside"><a href="#/sign-in">Back to sign-in</a></p>
  </div>
`;

// The pool answers "not authorised" if the address is already confirmed.
const isConfirmedAlready = (error) =>
  ["NotAuthorizedException", "InvalidParameterException"].includes(error.code) && /confirmed/i.test(error.message);

const toSignIn = (email, text) => {
  carry({ email });
  tellNext(text);
  return go("/sign-in");
};

const goOn = async (email) => {
  dropDraft(FORM);
  const password = takePassword(email);
  if (!password) return toSignIn(email, "Your address is confirmed. Sign in to go on.");
  try {
    return await enter({ email, password });
  } catch {
    return toSignIn(email, "Your address is confirmed. Sign in to go on.");
  }
};

const fail = (form, error, email) => {
  if (isConfirmedAlready(error)) return toSignIn(email, "This address is confirmed already. Sign in to go on.");
  const wrongCode = ["UserNotFoundException", "NotAuthorizedException", "InvalidParameterException"];
  if (wrongCode.includes(error.code)) return showErrors(form, { code: "That code is not right for this address." });
  return showErrors(form, errorsFor(error));
};

const submit = (form) => async (given) => {
  const email = given.email.trim();
  try {
    await cognito.confirmSignUp({ email, code: given.code.replace(/\s/g, "") });
    await goOn(email);
  } catch (error) {
    fail(form, error, email);
  }
};

const resend = async (form) => {
  const email = values(form).email.trim();
  if (showErrors(form, found({ email: emailProblem(email) }))) return;
  try {
    await cognito.resendCode({ email });
    setMessage(form, "A new code is on its way. Only the newest one works.", "success");
    form.elements.code.focus();
  } catch (error) {
    fail(form, error, email);
  }
};

export const show = ({ main, signal }) => {
  render(main, page(carriedEmail()));
  const form = main.querySelector("form");
  keepForm(form, FORM, signal);
  if (carriedEmail()) form.elements.email.value = carriedEmail();
  onSubmit(form, submit(form), { signal, check: ({ email }) => found({ email: emailProblem(email) }) });
  main.querySelector("#resend").addEventListener("click", () => resend(form));
};
