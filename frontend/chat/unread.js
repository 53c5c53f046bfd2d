// The unread count: beside "Chat" in the navigation, and before the page's title.

import { badge } from "../core/badge.js";
import { onNav } from "../core/header.js";
import { element, html } from "../core/html.js";
import { showInTitle } from "../core/title.js";
import { conversations, onConversations } from "./conversations.js";

const showUnread = () => {
  const count = conversations.unread();
  const link = document.querySelector("#nav a[href='#/chat']");
  link?.querySelector(".badge-place")?.remove();
  // In its own element, so that the link's underline ends before it.
  if (count) link?.append(element(html`<span class="badge-place">${badge(count)}</span>`));
  showInTitle(count);
};

export const startUnread = () => {
  onConversations(showUnread);
  onNav(showUnread);
};
