// A conversation's details: members and title, how to change them, and how to leave.

import { renameConversation } from "../core/api.js";
import { avatar } from "../core/avatars.js";
import { confirm, openDialog } from "../core/dialog.js";
import { fieldErrors, formMessage, onSubmit, setMessage, showErrors } from "../core/forms.js";
import { html, render } from "../core/html.js";
import { me } from "../core/me.js";
import { clean } from "../core/texts.js";
import { toast } from "../core/toast.js";
import { conversations, onConversations, titleOf } from "./conversations.js";
import { metPlace, startMet } from "./met.js";
import { addPerson, emailField, lookUp, titleField } from "./people.js";

const member = ({ id, name }) => html`
  <li>${avatar(name)} ${name}${id === me()?.id && " (you)"}</li>
`;

const members = (conversation) => html`${conversation.members.map(member)}`;

const body = (conversation) => html`
  <div class="details">
    <ul class="members inline-list" aria-label="Members">${members(conversation)}</ul>
    <form id="add-person" class="details-form">
      ${metPlace("Add somebody you have talked to")}
      <div class="with-act">
        ${emailField("add-person", { label: "Add somebody by e-mail" })}
        <button type="submit" class="button quiet">Add</button>
      </div>
      ${formMessage}
    </form>
    <form id="rename" class="details-form">
      <div class="with-act">
        ${titleField("rename", { label: "Title", value: conversation.title ?? "" })}
        <button type="submit" class="button quiet">Rename</button>
      </div>
      ${formMessage}
    </form>
    <div class="dialog-actions details-end">
      <button type="button" class="button quiet" data-do="leave">Leave conversation</button>
      <button type="button" class="button" data-leave>Done</button>
    </div>
  </div>
`;

const rename = (form, id) => async ({ title }) => {
  try {
    conversations.put(await renameConversation({ id, body: { title: clean(title) } }));
    setMessage(form, "The new title is saved.", "success");
  } catch (problem) {
    showErrors(form, problem.errors.length ? fieldErrors(problem) : { "": problem.detail });
  }
};

const add = async (form, id, person) => {
  const added = await addPerson(form, id, person);
  if (!added) return;
  conversations.put(added.conversation);
  form.reset();
  setMessage(form, `${added.person.name} is in the conversation.`, "success");
};

const addByEmail = (form, id) => async ({ email }) => {
  const person = await lookUp(form, email.trim());
  if (person) await add(form, id, person);
};

const mayLeave = (conversation) => confirm({
  title: "Leave this conversation?",
  text: `You will no longer see “${titleOf(conversation)}”. What you said stays with the others.`,
  action: "Leave",
  danger: true,
});

const leave = async (id, onGone) => {
  const conversation = conversations.get(id);
  if (!(await mayLeave(conversation))) return;
  try {
    await conversations.leave(id);
  } catch (problem) {
    toast(`You are still in it. ${problem.detail}`, { failure: true });
    return;
  }
  onGone(`You have left “${titleOf(conversation)}”.`);
};

export const openDetails = ({ id, onGone, signal }) => {
  const conversation = conversations.get(id);
  const done = new AbortController();
  const { dialog, close, closed } = openDialog({
    title: "About this conversation", body: body(conversation), signal,
  });
  const [adding, renaming] = [dialog.querySelector("#add-person"), dialog.querySelector("#rename")];
  onSubmit(adding, addByEmail(adding, id));
  onSubmit(renaming, rename(renaming, id));
  dialog.querySelector("[data-do=leave]").addEventListener("click", () => {
    close();
    leave(id, onGone);
  });
  const isIn = (person) => conversations.get(id)?.members.some((one) => one.id === person);
  const showMet = startMet({ place: dialog, isTaken: isIn, onChoose: (person) => add(adding, id, person) });
  onConversations(() => {
    const now = conversations.get(id);
    if (now) render(dialog.querySelector(".members"), members(now));
    showMet();
  }, done.signal);
  closed.then(() => done.abort());
};
