// Changes the password; asks for the current one first.

import * as cognito from "../core/cognito.js";
import { formMessage, onSubmit, passwordField, setMessage, showErrors } from "../core/forms.js";
import { guard } from "../core/guard.js";
import { html } from "../core/html.js";
import { me } from "../core/me.js";
import * as session from "../core/session.js";
import { POLICY, errorsFor, found, passwordProblem } from "./messages.js";

const FORM = "password";

export const passwordSection = html`
  <form class="card" id="${FORM}">
    <h2>Password</h2>
    <input type="text" name="username" autocomplete="username" readonly hidden>
    ${passwordField({
      form: FORM, name: "current", label: "Current password", autocomplete: "current-password",
    })}
    ${passwordField({
      form: FORM, name: "password", label: "New password", hint: POLICY, autocomplete: "new-password",
    })}
    ${formMessage}
    <div class="form-actions"><button type="submit" class="button">Change password</button></div>
  </form>
`;

const failed = (form, error) => {
  if (error.code !== "NotAuthorizedException") return showErrors(form, errorsFor(error));
  // The same code stands for a wrong password and for a sign-in ended on another device.
  if (/token/i.test(error.message)) return session.end("expired");
  return showErrors(form, { current: "The current password is wrong." });
};

const submit = (form) => async ({ current, password }) => {
  try {
    await cognito.changePassword({ accessToken: await session.accessToken(), current, proposed: password });
    form.reset();
    setMessage(form, "Your password is changed.", "success");
  } catch (error) {
    failed(form, error);
  }
};

export const startPassword = (form, signal) => {
  // Password managers look for the user name that goes with the password.
  form.elements.username.value = me().email;
  guard(() => form.elements.current.value !== "" || form.elements.password.value !== "", signal);
  onSubmit(form, submit(form), { signal, check: ({ password }) => found({ password: passwordProblem(password) }) });
};
