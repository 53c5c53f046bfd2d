// How much is unread: beside "Chat" in the navigation, and before the title of the page.

import { onNav } from "../core/header.js";
import { element, html } from "../core/html.js";
import { showInTitle } from "../core/title.js";
import { conversations, onConversations } from "./conversations.js";

const MOST = 99;

export const badge = (count) => html`
  <span class="badge"><span aria-hidden="true">${count > MOST ? `${MOST}+` : count}</span
  ><span class="unseen"> (${count} unread)</span></span>
`;

const showUnread = () => {
  const count = conversations.unread();
  const link = document.querySelector("#nav a[href='#/chat']");
  link?.querySelector(".badge-place")?.remove();
  // In a place of its own, so that the link's underline ends before it.
  if (count) link?.append(element(html`<span class="badge-place">${badge(count)}</span>`));
  showInTitle(count);
};

export const startUnread = () => {
  onConversations(showUnread);
  onNav(showUnread);
};
