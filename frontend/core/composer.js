// A box to write in: with a counter, keys to send, and a draft that outlives the page.

import { dropDraft, keepForm } from "./drafts.js";
import { html } from "./html.js";
import { Mentioning, mentioning } from "./mentioning.js";
import { clean, lengthOf, LONGEST } from "./texts.js";

const COUNT_FROM = 200;

export const composer = ({ id, label, placeholder, action, hint, rows = 3, isCounted = true }) => html`
  <form class="composer" id="${id}">
    <label class="${isCounted ? "" : "unseen"}" for="${id}-text">${label}</label>
    <textarea id="${id}-text" name="text" rows="${rows}" placeholder="${placeholder}"
      aria-describedby="${id}-hint ${id}-error"></textarea>
    ${mentioning(id)}
    <p class="error" id="${id}-error" role="alert"></p>
    <div class="composer-foot">
      <p class="hint" id="${id}-hint">${hint}</p>
      <p class="counter number" id="${id}-count"></p>
      <button type="submit" class="button">${action}</button>
    </div>
  </form>
`;

const counted = (number) => (number === 1 ? "1 character" : `${number} characters`);

const tooLong = (length) => `That is ${counted(length - LONGEST)} too long: ${LONGEST} is the limit.`;

export class Composer {
  // `isSending` tells which key sends; `onText` gets the cleaned text, in which those of `people` who are named with an
  // "@" are mentioned.
  constructor({ form, draft, isSending, isCounted = true, people, onText, onInput = (_text) => null, signal }) {
    this.form = form;
    this.box = form.elements.text;
    this.draft = draft;
    this.isCounted = isCounted;
    this.onText = onText;
    this.mentioning = new Mentioning({ box: this.box, people, signal });
    keepForm(form, draft, signal);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    }, { signal });
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || !isSending(event)) return;
      event.preventDefault();
      this.submit();
    }, { signal });
    this.box.addEventListener("input", () => {
      this.count();
      onInput(this.box.value);
    }, { signal });
    this.count();
  }

  focus() {
    this.box.focus();
  }

  submit() {
    const text = this.text();
    const length = lengthOf(text);
    if (length > LONGEST) this.refuse(tooLong(length));
    else if (length > 0) this.accept(text);
    // No error in a chat, where Enter is easily pressed by accident.
    else if (this.isCounted) this.refuse("Write something first.");
    this.box.focus();
  }

  text() {
    return this.mentioning.marked(clean(this.box.value));
  }

  accept(text) {
    this.box.value = "";
    dropDraft(this.draft);
    this.count();
    this.onText(text);
  }

  refuse(text) {
    this.box.setAttribute("aria-invalid", "true");
    this.form.querySelector(".error").textContent = text;
  }

  count() {
    const length = lengthOf(this.text());
    const left = LONGEST - length;
    const counter = this.form.querySelector(".counter");
    counter.textContent = this.isCounted || left < COUNT_FROM ? `${length} / ${LONGEST}` : "";
    counter.classList.toggle("over", left < 0);
    if (left >= 0) {
      this.box.removeAttribute("aria-invalid");
      this.form.querySelector(".error").textContent = "";
    }
  }
}
