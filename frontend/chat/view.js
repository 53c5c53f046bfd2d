// The view of one conversation: its messages, the box to write in, and live updates.

import { deleteMessage, editMessage } from "../core/api.js";
import { avatar } from "../core/avatars.js";
import { Composer, composer } from "../core/composer.js";
import { confirmDelete } from "../core/dialog.js";
import { guard } from "../core/guard.js";
import { startEnd } from "../core/end.js";
import { html, render } from "../core/html.js";
import { icon } from "../core/icons.js";
import { Keyed } from "../core/keyed.js";
import { follow } from "../live/follow.js";
import * as live from "../live/live.js";
import { me, onMe } from "../core/me.js";
import { marked, mentionedIn, plain } from "../core/mentions.js";
import { counted } from "../core/sizes.js";
import { clean, lengthOf, LONGEST } from "../core/texts.js";
import { clock, shortDay } from "../core/times.js";
import { toast } from "../core/toast.js";
import { conversations, onConversations, onLeft, titleOf } from "./conversations.js";
import { openDetails } from "./details.js";
import { draw, itemsOf, look } from "./messages.js";
import { Reading } from "./reading.js";
import { Scroll } from "./scroll.js";
import * as sending from "./sending.js";
import { Thread } from "./thread.js";
import { startTyping } from "./typing.js";

const GONE = "This conversation no longer exists, or you are no longer in it.";

const keys = html`<span class="wide-only"
  ><kbd>Enter</kbd> sends, <kbd>Shift</kbd> <kbd>Enter</kbd> begins a new line.</span>`;

const writer = composer({
  id: "new-message",
  label: "Message",
  placeholder: "Write a message…",
  action: html`${icon("send")}<span class="unseen">Send</span>`,
  hint: keys,
  rows: 1,
  isCounted: false,
});

const view = html`
  <header class="thread-head">
    <a class="icon-button back" href="#/chat">
      ${icon("back")}
      <span class="unseen">All conversations</span>
    </a>
    <div class="thread-face" id="thread-face"></div>
    <div class="thread-name">
      <h1 tabindex="-1" id="thread-title">Conversation</h1>
      <p class="muted" id="thread-members"></p>
    </div>
    <button type="button" class="icon-button" id="details" aria-haspopup="dialog" title="Details"
      >${icon("about")}<span class="unseen">Details</span></button>
  </header>
  <div class="thread-scroll" id="thread-scroll" tabindex="0" role="region" aria-label="Message history">
    <div class="thread-top" id="thread-top"></div>
    <ol class="messages" id="messages" aria-label="Messages, oldest first"></ol>
  </div>
  <p class="thread-left" id="thread-left" role="status"></p>
  <p class="unseen" id="news" role="status"></p>
  <div class="thread-foot">
    <button type="button" class="pill" id="new-messages" hidden></button>
    <p class="typing" id="typing"></p>
    ${writer}
  </div>
`;

const WORDS = {
  failed: "The messages could not be loaded",
  waiting: html`<p class="muted" role="status">Loading messages…</p>`,
  more: "older messages",
  nothing: () => ["Nothing said yet", "Say the first word.", { area: "chat" }],
};

// Who left last, and to whom that leaves the others talking.
const goneFrom = ({ left, members }) => {
  if (!left) return "";
  const who = left.person?.name ?? "Somebody whose account was deleted";
  const alone = members.length === 1 ? " Nobody else reads what you write here until you add somebody." : "";
  return `${who} left this conversation on ${shortDay(new Date(left.at))} at ${clock(left.at)}.${alone}`;
};

const isPlainEnter = (event) => !event.shiftKey;

const isDesktop = () => matchMedia("(hover: hover) and (min-width: 50rem)").matches;

export class ThreadView {
  constructor({ pane, id, onGone, signal }) {
    this.pane = pane;
    this.id = id;
    this.onGone = onGone;
    this.signal = signal;
    this.editing = null;
    this.fresh = 0;
    this.thread = new Thread({ id, onChange: () => this.show(), onNew: (message) => this.onNew(message), signal });
  }

  start() {
    render(this.pane, view);
    const top = this.pane.querySelector("#thread-top");
    this.showEnd = startEnd({
      list: this.thread, main: this.pane, place: top, words: WORDS, isEager: false, signal: this.signal,
    });
    this.list = this.pane.querySelector("#messages");
    this.pill = this.pane.querySelector("#new-messages");
    this.rows = new Keyed({ list: this.list, draw, look, again: () => this.show() });
    this.scroll = new Scroll({
      pane: this.pane.querySelector("#thread-scroll"),
      rows: this.rows,
      onScroll: () => this.onScroll(),
      signal: this.signal,
    });
    this.reading = new Reading({ thread: this.thread, isAtEnd: () => this.scroll.isAtEnd, signal: this.signal });
    this.startWriting();
    this.startLive();
    this.startEvents();
    this.showHead();
    if (!conversations.get(this.id)) this.find();
    this.thread.open();
  }

  async find() {
    try {
      if (!(await conversations.fetch(this.id)) && !this.signal.aborted) this.onGone(GONE);
    } catch {
      // The list of messages shows what is wrong.
    }
  }

  startWriting() {
    const form = this.pane.querySelector("#new-message");
    const typing = startTyping({
      target: this.pane.querySelector("#typing"), conversationId: this.id, signal: this.signal,
    });
    const onText = (text) => {
      typing.sent();
      this.say(text);
    };
    const onInput = (text) => typing.typed(text);
    const people = () => this.members();
    const draft = `chat:${this.id}`;
    this.composer = new Composer({
      form, draft, isSending: isPlainEnter, isCounted: false, people, onText, onInput, signal: this.signal,
    });
    // After the router has focused the title; not on a phone, where the keyboard would cover half the page.
    if (isDesktop()) queueMicrotask(() => this.composer.focus());
  }

  members() {
    return conversations.get(this.id)?.members ?? [];
  }

  startLive() {
    const { signal } = this;
    const here = (listener) => ({ message }) => message.conversationId === this.id && listener(message);
    const catchUp = follow(() => this.thread.catchUp(), signal);
    const receive = (message) => this.thread.receive(message) || catchUp();
    live.on("message", here(receive), signal);
    live.on("message.edited", here((message) => this.thread.change(message)), signal);
    live.on("message.deleted", here((message) => this.thread.change(message)), signal);
    sending.onArrived((message) => here(receive)({ message }), signal);
    sending.outbox.changed.listen(() => this.show(), signal);
    onConversations(() => this.onConversation(), signal);
    onLeft((id) => id === this.id && this.onGone(GONE), signal);
    onMe(() => this.show(), signal);
  }

  startEvents() {
    const { signal } = this;
    this.pane.querySelector("#details").addEventListener("click", () => {
      if (conversations.get(this.id)) openDetails({ id: this.id, onGone: this.onGone, signal });
    });
    this.list.addEventListener("click", ({ target }) => this.act(target));
    this.list.addEventListener("input", ({ target }) => {
      if (this.editing) this.editing.text = target.value;
    });
    this.list.addEventListener("submit", (event) => {
      event.preventDefault();
      this.saveEdit();
    });
    this.list.addEventListener("keydown", (event) => this.onEditKey(event));
    this.pill.addEventListener("click", () => this.toNewest());
    guard(() => this.isEdited(), signal);
  }

  onConversation() {
    this.showHead();
    this.reading.check();
  }

  showHead() {
    const conversation = conversations.get(this.id);
    if (!conversation) return;
    const title = titleOf(conversation);
    this.pane.querySelector("#thread-title").textContent = title;
    render(this.pane.querySelector("#thread-face"), avatar(title.replaceAll(",", "")));
    const others = conversation.members.filter(({ id }) => id !== me()?.id).map(({ name }) => name);
    const who = others.length ? `You and ${others.join(", ")}` : "Only you are in it";
    this.pane.querySelector("#thread-members").textContent = who;
    this.pane.querySelector("#thread-left").textContent = goneFrom(conversation);
  }

  show() {
    if (this.signal.aborted) return;
    const unsent = sending.outbox.all().filter((item) => item.conversationId === this.id);
    const items = itemsOf({ messages: this.thread.all(), unsent, editing: this.editing });
    this.scroll.keeping(() => {
      this.rows.show(items);
      this.list.hidden = items.length === 0;
      this.showEnd(items.length);
    });
    this.showPill();
    this.reading.check();
    this.fill();
  }

  // Loads older messages when the top is near, or while the pane isn't full.
  fill() {
    if (this.thread.items.size && this.scroll.isNearTop()) this.thread.more();
  }

  onScroll() {
    if (this.scroll.isAtEnd) this.fresh = 0;
    this.showPill();
    this.reading.check();
    this.fill();
  }

  showPill() {
    this.pill.hidden = this.fresh === 0;
    this.pill.textContent = counted(this.fresh, "new message");
  }

  toNewest() {
    this.fresh = 0;
    this.scroll.toEnd();
    this.showPill();
    this.composer.focus();
  }

  onNew(message) {
    if (message.author.id === me()?.id) return;
    this.reading.came();
    if (!this.scroll.isAtEnd) this.fresh += 1;
    this.pane.querySelector("#news").textContent = `${message.author.name}: ${plain(message.text)}`;
  }

  say(text) {
    this.fresh = 0;
    this.scroll.toEnd();
    sending.say(this.id, text);
  }

  act(target) {
    const act = target.closest("[data-act]")?.dataset.act;
    const key = target.closest("li")?.dataset.key;
    if (!act) return;
    const clientId = key.split(" ")[1];
    const message = this.thread.all().find((one) => one.clientId === clientId && one.author.id === me()?.id);
    const actions = {
      edit: () => this.edit(message),
      cancel: () => this.stopEditing(),
      remove: () => this.remove(message),
      retry: () => sending.retry(clientId),
      discard: () => sending.discard(clientId),
    };
    actions[act]();
  }

  edit({ id, text: stored }) {
    const text = plain(stored);
    this.editing = { id, before: text, text, mentioned: mentionedIn(stored), problem: "", isSaving: false };
    this.show();
    const box = this.list.querySelector("[data-edit] textarea");
    box.focus();
    box.setSelectionRange(text.length, text.length);
    box.scrollIntoView({ block: "nearest" });
  }

  isEdited() {
    return this.editing !== null && clean(this.editing.text) !== this.editing.before;
  }

  onEditKey(event) {
    if (!event.target.closest("[data-edit]") || event.isComposing) return;
    if (event.key === "Escape") this.stopEditing();
    else if (event.key === "Enter" && event.target.matches("textarea") && isPlainEnter(event)) this.saveEdit();
    else return;
    event.preventDefault();
  }

  stopEditing() {
    this.editing = null;
    this.show();
    if (isDesktop()) this.composer.focus();
  }

  refuseEdit(problem) {
    this.editing = { ...this.editing, problem, isSaving: false };
    this.show();
    this.list.querySelector("[data-edit] textarea")?.focus();
  }

  async saveEdit() {
    const { id, isSaving, mentioned } = this.editing;
    const text = marked(clean(this.editing.text), mentioned, this.members());
    if (isSaving) return;
    if (!this.isEdited()) return this.stopEditing();
    if (!text) return this.refuseEdit("A message can't be empty: delete it instead.");
    if (lengthOf(text) > LONGEST) return this.refuseEdit(`At most ${LONGEST} characters.`);
    this.editing.isSaving = true;
    this.show();
    try {
      const message = await editMessage({ id: this.id, message_id: id, body: { text } });
      this.thread.change(message);
      conversations.hearChange(message);
      if (this.editing?.id === id) this.stopEditing();
    } catch (problem) {
      if (this.editing?.id === id) this.refuseEdit(problem.detail);
    }
  }

  async remove(message) {
    const text = "Its text will be gone for everybody. A mark stays in its place.";
    if (!(await confirmDelete("Delete this message?", text))) return;
    try {
      await deleteMessage({ id: this.id, message_id: message.id });
      const gone = { ...message, text: "", deleted: true };
      this.thread.change(gone);
      conversations.hearChange(gone);
    } catch (problem) {
      if (problem.status === 404) conversations.refresh(this.id);
      else toast(`The message was not deleted. ${problem.detail}`, { failure: true });
    }
  }
}
