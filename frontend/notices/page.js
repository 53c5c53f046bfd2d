// The list of notices. Whoever sees it has read it; what was new stays marked until they leave the page.

import { startEnd } from "../core/end.js";
import { element, html, render } from "../core/html.js";
import { icon } from "../core/icons.js";
import { Keyed } from "../core/keyed.js";
import { ago, exact, startTicking } from "../core/times.js";
import { notices, onNotices } from "./notices.js";

const WORDS = {
  failed: "Your notices could not be loaded",
  waiting: html`<p class="muted" role="status">Loading notices…</p>`,
  more: "older notices",
  nothing: () => ["Nothing to tell yet", "When somebody mentions you or a text is ready to hear, you read it here."],
};

const ICONS = { mention: "person", comment: "blog", conversation: "chat", speech: "speech", export: "download" };

const page = html`
  <div class="notices">
    <div class="page-head">
      <h1 tabindex="-1">Notices</h1>
      <a class="button quiet small" href="#/profile">Choose what you hear of</a>
    </div>
    <ol class="notice-list" id="notices" aria-label="Notices, newest first"></ol>
    <div class="end" id="end"></div>
  </div>
`;

const areaOf = (url) => url.split("/")[1];

const draw = ({ notice, isNew }) => element(html`
  <li class="${isNew && "new"}" data-area="${areaOf(notice.url)}">
    <a href="#${notice.url}">
      ${icon(ICONS[notice.kind] ?? "bell")}
      <span class="notice-text">${isNew && html`<span class="unseen">New: </span>`}${notice.text}</span>
      <time datetime="${notice.at}" title="${exact(notice.at)}" data-ago>${ago(notice.at)}</time>
    </a>
  </li>
`);

export const show = ({ main, signal }) => {
  render(main, page);
  const list = main.querySelector("#notices");
  const rows = new Keyed({ list, draw });
  const showEnd = startEnd({ list: notices, main, words: WORDS, signal });
  const fresh = new Set();
  const showAll = () => {
    const all = notices.all();
    all.filter((notice) => !notices.isRead(notice)).forEach(({ id }) => fresh.add(id));
    rows.show(all.map((notice) => ({ key: notice.id, notice, isNew: fresh.has(notice.id) })));
    list.hidden = all.length === 0;
    showEnd(all.length);
    if (!document.hidden) notices.readAll();
  };
  onNotices(showAll, signal);
  document.addEventListener("visibilitychange", showAll, { signal });
  startTicking(list, signal);
  showAll();
};
