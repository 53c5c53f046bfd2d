// Finds people by their mail address, to start a conversation with them or to add them to one.

import { addMember, findPerson, startConversation } from "../core/api.js";
import { dialogActions, openDialog } from "../core/dialog.js";
import { field, fieldErrors, formMessage, onSubmit, showErrors } from "../core/forms.js";
import { html, render } from "../core/html.js";
import { icon } from "../core/icons.js";
import { me } from "../core/me.js";
import { clean } from "../core/texts.js";
import { metPlace, startMet } from "./met.js";

export const emailField = (form, more = {}) => field({
  form, name: "email", label: "E-mail", type: "email", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
  ...more,
});

export const titleField = (form, more) => field({ form, name: "title", autocomplete: "off", maxlength: 200, ...more });

const detailOf = (problem) => (problem.errors[0] ? `This address ${problem.errors[0].detail}.` : problem.detail);

// Returns the person, or shows an error at the field.
export const lookUp = async (form, email) => {
  if (email.toLowerCase() === me()?.email?.toLowerCase()) return refuse(form, "That is your own address.");
  try {
    return await findPerson({ email });
  } catch (problem) {
    return refuse(form, problem.status === 404 ? "Nobody here has this address." : detailOf(problem));
  }
};

const refuse = (form, text) => {
  showErrors(form, { email: text });
  return null;
};

const FORM = "start";

const body = html`
  <form id="${FORM}">
    <ul class="chosen inline-list" id="chosen" aria-label="People in it" hidden></ul>
    ${metPlace("People you have talked to")}
    <div class="with-act">
      ${emailField(FORM, { required: false, hint: "The address they sign in with." })}
      <button type="button" class="button quiet" id="start-add">Add another</button>
    </div>
    ${titleField(FORM, { label: "Title (optional)", required: false })}
    ${formMessage}
    ${dialogActions("Start conversation")}
  </form>
`;

const chosenPerson = ({ id, name }) => html`
  <li>${name} <button type="button" class="icon-button" data-id="${id}">
    ${icon("close")}
    <span class="unseen">Remove ${name}</span>
  </button></li>
`;

class Start {
  constructor({ dialog, close }) {
    this.form = dialog.querySelector("form");
    this.list = dialog.querySelector("#chosen");
    this.close = close;
    this.people = new Map();
    this.list.addEventListener("click", ({ target }) => this.remove(target.closest("[data-id]")?.dataset.id));
    dialog.querySelector("#start-add").addEventListener("click", () => this.add());
    onSubmit(this.form, ({ title }) => this.submit(title));
    this.showMet = startMet({
      place: dialog, isTaken: (id) => this.people.has(id), onChoose: (person) => this.choose(person),
    });
    this.form.elements.email.focus();
  }

  choose(person) {
    this.people.set(person.id, person);
    this.form.elements.email.focus();
    this.show();
  }

  show() {
    this.showMet();
    this.list.hidden = this.people.size === 0;
    render(this.list, html`${[...this.people.values()].map(chosenPerson)}`);
  }

  remove(id) {
    if (!this.people.delete(id)) return;
    this.show();
    this.form.elements.email.focus();
  }

  // Whether everything typed was accepted.
  async add() {
    const { email } = this.form.elements;
    const typed = email.value.trim();
    if (!typed) return refuse(this.form, "Type somebody's address.") !== null;
    const person = await lookUp(this.form, typed);
    if (!person) return false;
    email.value = "";
    this.choose(person);
    return true;
  }

  async submit(title) {
    const isTyped = this.form.elements.email.value.trim() !== "";
    if ((isTyped || this.people.size === 0) && !(await this.add())) return;
    try {
      const name = clean(title);
      const members = [...this.people.keys()];
      this.close(await startConversation({ body: { members, ...(name ? { title: name } : {}) } }));
    } catch (problem) {
      showErrors(this.form, problem.errors.length ? fieldErrors(problem) : { "": problem.detail });
    }
  }
}

// Resolves to the new conversation, or to null.
export const openStart = ({ signal }) => {
  const { dialog, close, closed } = openDialog({ title: "New conversation", body, signal });
  new Start({ dialog, close });
  return closed;
};

// Resolves to the conversation with its new member, or to null after an error at the field.
export const addPerson = async (form, conversationId, person) => {
  try {
    return { person, conversation: await addMember({ id: conversationId, body: { id: person.id } }) };
  } catch (problem) {
    return refuse(form, problem.detail);
  }
};
