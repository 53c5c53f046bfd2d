// Where authors write: what is not published yet, and the editor of each article under its own address.

import { listDrafts } from "../core/api.js";
import { element, html, render } from "../core/html.js";
import { isAuthor, loadMe } from "../core/me.js";
import { ago, exact } from "../core/times.js";
import { showEditor } from "./editor.js";
import { failure } from "./parts.js";

const page = html`
  <div class="blog">
    <div class="page-head">
      <h1 tabindex="-1">Drafts</h1>
      <div class="page-actions"><a class="button" href="#/write/new">Write an article</a></div>
    </div>
    <ol class="drafts" id="drafts" aria-label="Drafts, latest change first"></ol>
    <div class="end" id="end"></div>
  </div>
`;

const refusal = html`
  <div class="narrow">
    <h1 tabindex="-1">Authors only</h1>
    <p>Articles are written by the blog's authors. Everybody may read them, and say something about them.</p>
    <p><a class="button" href="#/blog">Read the blog</a></p>
  </div>
`;

const empty = html`<div class="nothing"><h2>No drafts</h2><p>What you begin to write is kept here.</p></div>`;

const more = html`<button type="button" class="button quiet" data-act="more">Load older drafts</button>`;

const when = ({ status, publishAt }) => (status === "published"
  ? html`<span class="tag waiting-tag">appears ${exact(publishAt)}</span>`
  : html`<span class="tag">draft</span>`);

const row = (draft) => element(html`
  <li class="draft">
    <h2><a href="#/write/${draft.slug}">${draft.title}</a></h2>
    <p class="byline">${draft.author.name} · changed ${ago(draft.updatedAt)} ${when(draft)}</p>
    <p class="article-summary">${draft.summary}</p>
  </li>
`);

const showDrafts = ({ main, signal }) => {
  render(main, page);
  const end = main.querySelector("#end");
  const list = main.querySelector("#drafts");
  let after = null;
  const load = async () => {
    try {
      const { items, next } = await listDrafts({ after, signal });
      list.append(...items.map(row));
      after = next;
      if (next) render(end, more);
      else render(end, list.childElementCount ? html`` : empty);
    } catch (problem) {
      if (!signal.aborted) render(end, failure("The drafts could not be loaded", problem));
    }
  };
  end.addEventListener("click", ({ target }) => {
    if (target.closest("[data-act]")) load();
  });
  return load();
};

export const show = async (given) => {
  const { main, path, signal } = given;
  if (!isAuthor()) {
    render(main, refusal);
    await loadMe();
    if (!isAuthor() || signal.aborted) return null;
  }
  if (path === "/write") return showDrafts(given);
  const slug = decodeURIComponent(path.slice("/write/".length));
  return showEditor({ ...given, slug: slug === "new" ? null : slug });
};
