// The form for getting new articles by mail, at the foot of the blog's pages.

import { mailboxHint } from "../account/entering.js";
import { emailProblem, found } from "../account/messages.js";
import { subscribe } from "../core/api.js";
import { field, fieldErrors, formMessage, onSubmit, setMessage, showErrors } from "../core/forms.js";
import { element, html } from "../core/html.js";

const FORM = "subscribe";

const shape = () => html`
  <section class="subscribe" aria-labelledby="subscribe-title">
    <h2 id="subscribe-title">New articles by mail</h2>
    <form class="card" id="${FORM}">
      ${field({
        form: FORM, name: "email", label: "E-mail", type: "email", autocomplete: "email",
        autocapitalize: "none", spellcheck: "false", maxlength: 254,
        hint: "Each new article, and nothing else. Every mail has a link that ends it.",
      })}
      ${formMessage}
      <div class="form-actions"><button type="submit" class="button">Subscribe</button></div>
    </form>
    ${mailboxHint("the mail")}
  </section>
`;

const submit = (form) => async ({ email }) => {
  try {
    await subscribe({ body: { email: email.trim() } });
    form.reset();
    setMessage(form, "A mail is on its way to that address: open the link in it to confirm.", "success");
  } catch (problem) {
    const errors = fieldErrors(problem);
    showErrors(form, Object.keys(errors).length ? errors : { "": problem.detail });
  }
};

export const subscribeForm = ({ signal }) => {
  const section = element(shape());
  const form = section.querySelector("form");
  onSubmit(form, submit(form), { signal, check: ({ email }) => found({ email: emailProblem(email) }) });
  return section;
};
