// How messages look: grouped by author, separated by day, with actions on your own.

import { rowAct, rowActs } from "../core/acts.js";
import { avatar } from "../core/avatars.js";
import { element, html } from "../core/html.js";
import { me } from "../core/me.js";
import { FAILED, PENDING, WAITS } from "../core/states.js";
import { linked } from "../core/texts.js";
import { clock, dayName, dayOf, exact } from "../core/times.js";

const TOGETHER = 10 * 60000;

const isOwn = ({ author }) => author.id === me()?.id;

const keyOf = (message) => `${message.author.id} ${message.clientId}`;

const isGrouped = (message, before) => before
  && before.author.id === message.author.id
  && dayOf(before.at) === dayOf(message.at)
  && Date.parse(message.at) - Date.parse(before.at) < TOGETHER;

// What the list shows, top to bottom: a line for each day, the messages, then the unsent ones.
export const itemsOf = ({ messages, unsent, editing }) => {
  const here = new Set(messages.map(keyOf));
  const author = me() ?? { id: "", name: "" };
  const waiting = unsent.map((item) => ({ ...item, author: { id: author.id, name: author.name }, item }));
  const all = [...messages, ...waiting.filter((message) => !here.has(keyOf(message)))];
  return all.flatMap((message, index) => {
    const before = all[index - 1];
    const row = {
      key: keyOf(message),
      message,
      isFirst: !isGrouped(message, before),
      editing: editing?.id === message.id && message.id ? editing : null,
    };
    const isNewDay = !before || dayOf(before.at) !== dayOf(message.at);
    return isNewDay ? [{ key: `day ${dayOf(message.at)}`, day: dayName(message.at) }, row] : [row];
  });
};

const dayLine = ({ day }) => element(html`<li class="day"><span>${day}</span></li>`);

const when = ({ at }) => html`<time datetime="${at}" title="${exact(at)}">${clock(at)}</time>`;

const note = (message) => html`
  <p class="message-note">${message.editedAt && !message.deleted && html`<span
    title="${exact(message.editedAt)}">edited</span> `}${when(message)}</p>
`;

const bubble = (message) => (message.deleted
  ? html`<div class="bubble gone"><p class="said">This message was deleted.</p>${note(message)}</div>`
  : html`<div class="bubble"><p class="said">${linked(message.text)}</p>${note(message)}</div>`);

const acts = () => html`
  <div class="message-acts">${rowActs("your message", [
    rowAct({ act: "edit", icon: "edit", text: "Edit" }),
    rowAct({ act: "remove", icon: "bin", text: "Delete" }),
  ])}</div>
`;

const failure = ({ message }) => html`
  <div class="message-state failed">
    <p role="alert">${FAILED.send} ${message}</p>
    <button type="button" class="button small" data-act="retry">Retry</button>
    <button type="button" class="button quiet small" data-act="discard">Discard</button>
  </div>
`;

const progress = ({ state }) => html`<p class="message-state">${state === "sent" ? PENDING.send : WAITS}</p>`;

const unsentState = (item) => (item.state === "failed" ? failure(item) : progress(item));

const editor = ({ id, text, problem, isSaving }) => html`
  <form class="message-edit" data-edit>
    <label class="unseen" for="edit-${id}">Edit message</label>
    <textarea id="edit-${id}" name="text" rows="2" aria-describedby="edit-${id}-error"
      ${problem && html`aria-invalid="true"`}>${text}</textarea>
    <p class="error" id="edit-${id}-error" role="alert">${problem}</p>
    <p class="message-edit-acts">
      <button type="button" class="button quiet small" data-act="cancel">Cancel</button>
      <button type="submit" class="button small ${isSaving && "waiting"}" aria-disabled="${isSaving}">Save</button>
    </p>
  </form>
`;

// The author is visible once per group; screen readers hear it with each message.
const by = ({ author }, isFirst, own) => {
  if (own) return html`<p class="unseen">You:</p>`;
  if (!isFirst) return html`<p class="unseen">${author.name}:</p>`;
  return html`<p class="by">${avatar(author.name)}
    <strong>${author.name}</strong></p>`;
};

const classes = ({ message, isFirst }, own) => [
  "message", own ? "own" : "", isFirst ? "first" : "", message.item ? message.item.state : "",
].filter(Boolean).join(" ");

const content = ({ message, editing }, own) => {
  if (editing) return editor(editing);
  return [bubble(message), message.item ? unsentState(message.item) : own && !message.deleted && acts()];
};

const messageRow = (row) => {
  const own = isOwn(row.message);
  return element(html`
    <li class="${classes(row, own)}" tabindex="-1">${by(row.message, row.isFirst, own)}${content(row, own)}</li>
  `);
};

export const draw = (row) => (row.day ? dayLine(row) : messageRow(row));

// The edited text is left out: its box already shows it.
export const look = (row) => JSON.stringify([
  row.day, row.isFirst, row.message, row.editing && [row.editing.problem, row.editing.isSaving],
]);
