// The list of conversations: members, last message, its time, and the unread count.

import { skeleton, startEnd } from "../core/end.js";
import { element, html } from "../core/html.js";
import { Keyed } from "../core/keyed.js";
import { brief } from "../core/times.js";
import { conversations, onConversations } from "./conversations.js";
import { line } from "./line.js";

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

const draw = ({ conversation, isOpen }) => element(html`<li>${line(conversation, isOpen)}</li>`);

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
