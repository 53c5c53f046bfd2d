// The person's conversations: as last read from the API, and as changed by pushes since.

import { getConversation, leaveConversation, listConversations } from "../core/api.js";
import { follow } from "../live/follow.js";
import * as live from "../live/live.js";
import { me } from "../core/me.js";
import { Paged } from "../core/paged.js";
import { isSignedIn, onSession } from "../core/session.js";
import { makeSignal } from "../core/signals.js";

const PAGE = 100;

const changed = makeSignal();
const left = makeSignal();

const isOwn = (message) => message.author.id === me()?.id;

const lastAt = ({ last }) => last?.at ?? "";

const saidLast = ({ text, at, author }) => ({ text, at, author });

class Conversations extends Paged {
  constructor() {
    super({ list: listConversations, size: PAGE, onChange: changed.tell });
    // Whether the person is looking at the end of a conversation right now; set by its page.
    this.isWatched = (_id) => false;
    // Which one the person is leaving on this page, which says so itself.
    this.leaving = "";
  }

  clear() {
    super.clear();
    // The latest pushed messages of each conversation, to apply after a read.
    this.recent = new Map();
    this.order = [];
    this.fetching = new Map();
  }

  all() {
    return this.order.map((id) => this.get(id));
  }

  get(id) {
    const told = this.items.get(id);
    if (!told) return null;
    const recent = this.recent.get(id) ?? [];
    const last = recent.reduce((newest, message) => (message.at > (newest?.at ?? "") ? message : newest), told.last);
    const unread = told.unread + recent.filter((message) => !message.isRead).length;
    return { ...told, last, unread };
  }

  unread() {
    return this.all().reduce((sum, conversation) => sum + conversation.unread, 0);
  }

  // Any of them may have moved since.
  readOn(signal) {
    return this.readAgain(signal, this.pages + 1);
  }

  forget(found) {
    const here = new Set(found.map(({ id }) => id));
    [...this.items.keys()].filter((id) => !here.has(id)).forEach((id) => this.lose(id));
    this.order = [...here];
  }

  keep(conversation) {
    const { id } = conversation;
    super.keep(conversation);
    // What was pushed during the read may be newer.
    const newer = (this.recent.get(id) ?? []).filter(({ at }) => at > lastAt(conversation));
    this.recent.set(id, newer);
    if (!this.order.includes(id)) this.order.unshift(id);
  }

  lose(id) {
    this.recent.delete(id);
    this.order = this.order.filter((other) => other !== id);
    return this.items.delete(id);
  }

  async leave(id) {
    this.leaving = id;
    try {
      await leaveConversation({ id });
    } catch (problem) {
      this.leaving = "";
      if (problem.status !== 404) throw problem;
    }
  }

  // The person has left it, or it never existed; they may be added again.
  drop(id) {
    const wasHere = this.lose(id);
    changed.tell();
    if (wasHere && id !== this.leaving) left.tell(id);
    this.leaving = "";
  }

  // Reads one again, and once more if asked while reading. Null if it doesn't exist (any more).
  fetch(id) {
    const before = this.fetching.get(id) ?? Promise.resolve();
    const { items } = this;
    const reading = before.catch(() => null).then(() => this.fetchOne(id, items));
    this.fetching.set(id, reading);
    return reading;
  }

  async fetchOne(id, items) {
    try {
      const conversation = await getConversation({ id });
      if (items === this.items) this.put(conversation);
      return conversation;
    } catch (problem) {
      if (problem.status !== 404) throw problem;
      if (items === this.items) this.drop(id);
      return null;
    }
  }

  hear(message) {
    const { conversationId: id } = message;
    const told = this.items.get(id);
    if (!told) return this.state === "ready" && this.refresh(id);
    const recent = this.recent.get(id);
    if (message.at <= lastAt(told) || recent.some((other) => other.id === message.id)) return null;
    const isNewest = message.at > lastAt(this.get(id));
    recent.push({ ...saidLast(message), id: message.id, isRead: isOwn(message) || this.isWatched(id) });
    if (isNewest) this.order = [id, ...this.order.filter((other) => other !== id)];
    return changed.tell();
  }

  // Edited or deleted: the list shows it only if it is the last message.
  hearChange(message) {
    const { conversationId: id } = message;
    const told = this.items.get(id);
    const isIt = (last) => last?.at === message.at && last.author.id === message.author.id;
    if (!told) return;
    if (isIt(told.last)) told.last = { ...told.last, text: message.text };
    this.recent.get(id).filter(isIt).forEach((last) => (last.text = message.text));
    changed.tell();
  }

  // Everything up to this message has been read, here or in another tab.
  readUpTo(id, messageId, at) {
    const told = this.items.get(id);
    if (!told || this.get(id).unread === 0) return;
    const recent = this.recent.get(id);
    const until = at ?? recent.find((message) => message.id === messageId)?.at;
    if (!until || until < lastAt(told)) {
      this.refresh(id);
      return;
    }
    told.unread = 0;
    recent.filter((message) => message.id <= messageId).forEach((message) => (message.isRead = true));
    changed.tell();
  }

  // If this fails, the next connection reads everything again.
  refresh(id) {
    return this.fetch(id).catch(() => null);
  }
}

export const conversations = new Conversations();

export const onConversations = changed.listen;

export const onLeft = left.listen;

const onRead = ({ conversationId, person, messageId }) => {
  if (person === me()?.id) conversations.readUpTo(conversationId, messageId);
};

export const startConversations = () => {
  live.on("message", ({ message }) => conversations.hear(message));
  live.on("message.edited", ({ message }) => conversations.hearChange(message));
  live.on("message.deleted", ({ message }) => conversations.hearChange(message));
  live.on("read", onRead);
  live.on("conversation", ({ conversationId, left: isLeft }) => {
    if (isLeft) conversations.drop(conversationId);
    else conversations.refresh(conversationId);
  });
  const read = follow(async () => {
    if (isSignedIn()) await conversations.catchUp();
  });
  onSession(() => {
    conversations.clear();
    changed.tell();
  });
  return read;
};

export const titleOf = ({ title, members }) => {
  if (title) return title;
  const others = members.filter(({ id }) => id !== me()?.id).map(({ name }) => name);
  return others.join(", ") || "Only you";
};
