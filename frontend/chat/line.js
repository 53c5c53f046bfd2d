// A conversation in a list: its title, the last message, its time, and the unread count.

import { avatar } from "../core/avatars.js";
import { badge } from "../core/badge.js";
import { html } from "../core/html.js";
import { me } from "../core/me.js";
import { plain } from "../core/mentions.js";
import { brief, exact } from "../core/times.js";
import { titleOf } from "./conversations.js";

const lastWords = ({ last }) => {
  if (!last) return html`<em>Nothing said yet</em>`;
  if (!last.text) return html`<em>Message deleted</em>`;
  const who = last.author.id === me()?.id ? "You" : last.author.name.split(" ")[0];
  return html`${who}: ${plain(last.text).slice(0, 120)}`;
};

const when = ({ last, createdAt }) => {
  const at = last?.at ?? createdAt;
  return html`<time datetime="${at}" title="${exact(at)}">${brief(at)}</time>`;
};

export const line = (conversation, isOpen = false) => html`
  <a class="conversation ${conversation.unread > 0 && "unread"}" href="#/chat/${conversation.id}"
    ${isOpen && html`aria-current="true"`}>
    ${avatar(titleOf(conversation).replaceAll(",", ""))}
    <span class="conversation-title">${titleOf(conversation)}</span>
    <span class="conversation-when">${when(conversation)}</span>
    <span class="conversation-last">${lastWords(conversation)}</span>
    ${conversation.unread > 0 && badge(conversation.unread)}
  </a>
`;
