// The list of conversations: whose, what was said last and when, and how much of it is unread.

import { initials } from "../core/header.js";
import { element, html, render } from "../core/html.js";
import { Keyed } from "../core/keyed.js";
import { me } from "../core/me.js";
import { brief, exact } from "../core/times.js";
import { conversations, onConversations, titleOf } from "./conversations.js";
import { badge } from "./unread.js";

const SKELETON_ROWS = 5;

// Where the list was scrolled to, from one page of the chat to the next.
let scrolledTo = 0;

const lastWords = ({ last }) => {
  if (!last) return html`<em>Nothing said yet</em>`;
  if (!last.text) return html`<em>Message deleted</em>`;
  const who = last.author.id === me()?.id ? "You" : last.author.name.split(" ")[0];
  return html`${who}: ${last.text.slice(0, 120)}`;
};

const when = ({ last, createdAt }) => {
  const at = last?.at ?? createdAt;
  return html`<time datetime="${at}" title="${exact(at)}">${brief(at)}</time>`;
};

const draw = ({ conversation, isOpen }) => element(html`
  <li>
    <a class="conversation ${conversation.unread > 0 && "unread"}" href="#/chat/${conversation.id}"
      ${isOpen && html`aria-current="true"`}>
      <span class="initials" aria-hidden="true">${initials(titleOf(conversation).replaceAll(",", ""))}</span>
      <span class="conversation-title">${titleOf(conversation)}</span>
      <span class="conversation-when">${when(conversation)}</span>
      <span class="conversation-last">${lastWords(conversation)}</span>
      ${conversation.unread > 0 && badge(conversation.unread)}
    </a>
  </li>
`);

const look = ({ conversation, isOpen }) => JSON.stringify([conversation, isOpen, brief(new Date())]);

const skeleton = html`
  <div class="wall-skeleton" aria-hidden="true">
    ${Array.from({ length: SKELETON_ROWS }, () => html`<div><span></span><span></span></div>`)}
  </div>
`;

const failure = ({ detail }) => html`
  <div class="nothing" role="alert">
    <h2>The conversations could not be loaded</h2>
    <p>${detail}</p>
    <p><button type="button" class="button" data-list="retry">Try again</button></p>
  </div>
`;

const empty = html`
  <div class="nothing"><h2>No conversations yet</h2><p>Start one with somebody whose mail address you know.</p></div>
`;

const more = html`<button type="button" class="button quiet small" data-list="more">Show older conversations</button>`;

const below = (count) => {
  if (conversations.state === "loading" && count === 0) return skeleton;
  if (conversations.state === "failed") return failure(conversations.problem);
  if (conversations.next) return more;
  return count === 0 ? empty : html``;
};

export const startList = ({ pane, openId, signal }) => {
  const list = pane.querySelector("#conversations");
  const end = pane.querySelector("#list-end");
  const rows = new Keyed({ list, draw, look });
  const show = () => {
    const all = conversations.all();
    rows.show(all.map((conversation) => ({ key: conversation.id, conversation, isOpen: conversation.id === openId })));
    list.hidden = all.length === 0;
    render(end, below(all.length));
  };
  onConversations(show, signal);
  show();
  const scroller = pane.querySelector(".chat-scroll");
  scroller.scrollTop = scrolledTo;
  scroller.addEventListener("scroll", () => (scrolledTo = scroller.scrollTop), { signal, passive: true });
  end.addEventListener("click", ({ target }) => {
    const wanted = target.closest("[data-list]")?.dataset.list;
    if (wanted === "more") conversations.more();
    if (wanted === "retry") conversations.retry();
  }, { signal });
};
