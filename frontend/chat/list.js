// The list of conversations: members, last message, its time, and the unread count.

import { avatar } from "../core/avatars.js";
import { badge } from "../core/badge.js";
import { skeleton, startEnd } from "../core/end.js";
import { element, html } from "../core/html.js";
import { Keyed } from "../core/keyed.js";
import { me } from "../core/me.js";
import { plain } from "../core/mentions.js";
import { brief, exact } from "../core/times.js";
import { conversations, onConversations, titleOf } from "./conversations.js";

const WORDS = {
  failed: "The conversations could not be loaded",
  waiting: skeleton("wall-skeleton", 5, 2),
  more: "older conversations",
  nothing: () => ["No conversations yet", "Start one with somebody whose mail address you know.", {
    area: "chat", step: "Write to somebody", at: "#new-conversation",
  }],
};

// Keeps the list's scroll position between the chat's pages.
let scrolledTo = 0;

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

const draw = ({ conversation, isOpen }) => element(html`
  <li>
    <a class="conversation ${conversation.unread > 0 && "unread"}" href="#/chat/${conversation.id}"
      ${isOpen && html`aria-current="true"`}>
      ${avatar(titleOf(conversation).replaceAll(",", ""))}
      <span class="conversation-title">${titleOf(conversation)}</span>
      <span class="conversation-when">${when(conversation)}</span>
      <span class="conversation-last">${lastWords(conversation)}</span>
      ${conversation.unread > 0 && badge(conversation.unread)}
    </a>
  </li>
`);

const look = ({ conversation, isOpen }) => JSON.stringify([conversation, isOpen, brief(new Date())]);

export const startList = ({ pane, openId, signal }) => {
  const list = pane.querySelector("#conversations");
  const place = pane.querySelector("#list-end");
  const showEnd = startEnd({ list: conversations, main: pane, place, words: WORDS, isEager: false, signal });
  const rows = new Keyed({ list, draw, look });
  const show = () => {
    const all = conversations.all();
    rows.show(all.map((conversation) => ({ key: conversation.id, conversation, isOpen: conversation.id === openId })));
    list.hidden = all.length === 0;
    showEnd(all.length);
  };
  onConversations(show, signal);
  show();
  const scroller = pane.querySelector(".chat-scroll");
  scroller.scrollTop = scrolledTo;
  scroller.addEventListener("scroll", () => (scrolledTo = scroller.scrollTop), { signal, passive: true });
};
