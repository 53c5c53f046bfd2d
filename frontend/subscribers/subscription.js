// The links in the mails lead to a page with a button, because just opening a link must change nothing.

import { confirmSubscription, unsubscribe } from "../core/api.js";
import { formMessage, onSubmit, setMessage } from "../core/forms.js";
import { html, render } from "../core/html.js";
import { subscribeForm } from "./subscribe.js";

const question = ({ title, text, action, danger }) => html`
  <div class="narrow">
    <h1 tabindex="-1">${title}</h1>
    <p>${text}</p>
    <form class="card" id="subscription">
      ${formMessage}
      <div class="form-actions">
        <button type="submit" class="button ${danger ? "danger" : ""}">${action}</button>
      </div>
    </form>
  </div>
`;

const outcome = ({ title, text }) => html`
  <div class="narrow" role="status">
    <h1 tabindex="-1">${title}</h1>
    <p>${text}</p>
    <p><a class="button" href="#/blog">Read the blog</a></p>
  </div>
`;

const bad = (text) => html`
  <div class="narrow">
    <h1 tabindex="-1">This link no longer works</h1>
    <p>${text}</p>
  </div>
`;

const showAndFocus = (main, markup) => {
  render(main, markup);
  main.querySelector("h1").focus();
};

// `call` is what the button does; `done` and `spoilt` are the texts shown afterwards.
/** @param {any} given */
const page = ({ call, done, spoilt, again, ...given }) => ({
  show({ main, query, signal }) {
    const showBad = () => {
      showAndFocus(main, bad(spoilt));
      if (again) main.querySelector(".narrow").append(subscribeForm({ signal }));
    };
    const token = query.get("token");
    if (!token) {
      showBad();
      return;
    }
    render(main, question(given));
    const form = main.querySelector("form");
    onSubmit(form, async () => {
      try {
        await call({ body: { token } });
        showAndFocus(main, outcome(done));
      } catch (problem) {
        if ([404, 422].includes(problem.status)) showBad();
        else setMessage(form, problem.detail);
      }
    }, { signal });
  },
});

export const confirming = page({
  title: "Confirm your subscription",
  text: "New articles will then come to you by mail, until you end it.",
  action: "Confirm",
  call: confirmSubscription,
  done: { title: "You are subscribed", text: "Each new article will come to you by mail." },
  spoilt: "Links work for three days, and only the one in the newest mail. Subscribe again to get a new one.",
  again: true,
});

export const ending = page({
  title: "End your subscription",
  text: "Nothing more will be mailed to you.",
  action: "Unsubscribe",
  danger: true,
  call: unsubscribe,
  done: { title: "Your subscription has ended", text: "Nothing more will be mailed to you. You can come back any time." },
  spoilt: "The subscription ended long ago, or the link is incomplete. Try the one in your newest mail.",
});
