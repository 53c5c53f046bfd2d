// Conversations; the unread count and unsent messages stay from page to page.

import { startConversations } from "./conversations.js";
import { startSending } from "./sending.js";
import { startUnread } from "./unread.js";

export const routes = [{
  path: "/chat", title: "Chat", access: "person", nav: "Chat", place: 50, below: true,
  page: () => import("./page.js"),
}];

export const commands = [{ title: "New conversation", words: "chat message", to: "/chat", at: "#new-conversation" }];

export const start = () => {
  startUnread();
  startConversations();
  startSending();
};

export const today = () => import("./today.js");
