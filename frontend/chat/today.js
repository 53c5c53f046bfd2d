// Conversations with unread messages, as the conversations themselves know it.

import { avatar } from "../core/avatars.js";
import { html } from "../core/html.js";
import { brief, exact } from "../core/times.js";
import * as live from "../live/live.js";
import { conversations, onConversations, titleOf } from "./conversations.js";
import { badge } from "./unread.js";

const MOST = 4;

const lastWords = ({ last }) => last && html`<span class="conversation-last">${last.text
  ? `${last.author.name.split(" ")[0]}: ${last.text.slice(0, 120)}` : "Message deleted"}</span>`;

const when = ({ last }) => last && html`<span class="conversation-when"><time datetime="${last.at}"
  title="${exact(last.at)}">${brief(last.at)}</time></span>`;

const row = (conversation) => html`
  <li>
    <a class="conversation unread" href="#/chat/${conversation.id}">
      ${avatar(titleOf(conversation).replaceAll(",", ""))}
      <span class="conversation-title">${titleOf(conversation)}</span>
      ${when(conversation)}
      ${lastWords(conversation)}
      ${badge(conversation.unread)}
    </a>
  </li>
`;

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
