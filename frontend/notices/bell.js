// The bell beside the person's menu, with the number of unread notices. The page's title stays as it is.

import { badge } from "../core/badge.js";
import { onNav } from "../core/header.js";
import { element, html, render } from "../core/html.js";
import { icon } from "../core/icons.js";
import { currentPath } from "../core/router.js";
import { isSignedIn } from "../core/session.js";
import { notices, onNotices } from "./notices.js";

const bell = () => element(html`
  <a class="bell" id="bell" href="#/notices" title="Notices">
    ${icon("bell")}<span class="bell-name">Notices</span><span class="bell-count"></span>
  </a>
`);

const placed = () => {
  const tools = document.getElementById("tools");
  if (!tools.querySelector("#bell")) tools.prepend(bell());
  return tools.querySelector("#bell");
};

const showBell = () => {
  if (!isSignedIn()) return;
  const shown = placed();
  const count = notices.unread();
  render(shown.querySelector(".bell-count"), html`${count > 0 && html`<span class="badge-place">${badge(count)}</span>`}`);
  shown.toggleAttribute("aria-current", currentPath() === "/notices");
  if (shown.hasAttribute("aria-current")) shown.setAttribute("aria-current", "page");
};

export const startBell = () => {
  onNotices(showBell);
  onNav(showBell);
};
