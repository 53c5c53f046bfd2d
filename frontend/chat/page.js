// The chat: the list of conversations and the open one, side by side where there is room.

import { drawing } from "../core/drawings.js";
import { html, render } from "../core/html.js";
import { startSign } from "../live/sign.js";
import { go } from "../core/router.js";
import { toast } from "../core/toast.js";
import { conversations } from "./conversations.js";
import { startList } from "./list.js";
import { openStart } from "./people.js";
import { ThreadView } from "./view.js";

// One h1 per page: the conversation's title if one is open, else the chat's.
const heading = (id) => (id ? html`<h2>Chat</h2>` : html`<h1 tabindex="-1">Chat</h1>`);

const choice = html`
  <div class="nothing">${drawing("chat")}<p>Choose a conversation, or start a new one.</p></div>
`;

const page = (id) => html`
  <div class="chat ${id ? "has-thread" : ""}">
    <section class="chat-list" id="chat-list" aria-label="Conversations">
      <div class="chat-head">
        ${heading(id)}
        <button type="button" class="button small" id="new-conversation" aria-haspopup="dialog"
          >New conversation</button>
      </div>
      <p class="live-sign" id="live-sign" role="status"></p>
      <div class="chat-scroll">
        <ul class="conversations" id="conversations"></ul>
        <div id="list-end"></div>
      </div>
    </section>
    <section class="thread" id="thread" aria-label="Conversation">${!id && choice}</section>
  </div>
`;

const start = async (signal) => {
  const conversation = await openStart({ signal });
  if (!conversation || signal.aborted) return;
  conversations.put(conversation);
  go(`/chat/${conversation.id}`);
};

// Leaves the page first, so that it doesn't report the missing conversation a second time.
const leave = (id) => (text) => {
  go("/chat", { replace: true });
  conversations.drop(id);
  toast(text);
};

export const show = ({ main, path, signal }) => {
  const id = path.split("/")[2] ?? "";
  render(main, page(id));
  main.querySelector("#new-conversation").addEventListener("click", () => start(signal));
  startSign(main.querySelector("#live-sign"), signal);
  startList({ pane: main.querySelector("#chat-list"), openId: id, signal });
  if (conversations.state !== "ready") conversations.catchUp();
  if (id) new ThreadView({ pane: main.querySelector("#thread"), id, onGone: leave(id), signal }).start();
};
