// Conversations with unread messages, as the conversations themselves know it.

import { html } from "../core/html.js";
import * as live from "../live/live.js";
import { conversations, onConversations } from "./conversations.js";
import { line } from "./line.js";

const MOST = 4;

const row = (conversation) => html`<li>${line(conversation)}</li>`;

const unreadOf = (told) =>
  (conversations.state === "ready" ? conversations.all() : told ?? []).filter(({ unread }) => unread > 0);

export const part = {
  name: "conversations",
  area: "chat",
  place: 20,
  waits: true,
  title: "Unread",
  all: ["#/chat", "All conversations"],
  step: { id: "conversation", area: "chat", to: "#/chat", title: "Write to somebody", text: "by their mail address" },

  draw(told) {
    const unread = unreadOf(told);
    return unread.length > 0 && html`<ul class="today-list">${unread.slice(0, MOST).map(row)}</ul>`;
  },

  live({ read, redraw, signal }) {
    onConversations(redraw, signal);
    live.on("conversation", () => read(), signal);
  },
};
