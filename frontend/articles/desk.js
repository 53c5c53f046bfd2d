// Where authors write: the unpublished articles, and an editor for each article at its own address.

import { listDrafts } from "../core/api.js";
import { startEnd } from "../core/end.js";
import { element, html, render } from "../core/html.js";
import { Keyed } from "../core/keyed.js";
import { isAuthor, loadMe } from "../core/me.js";
import { Paged } from "../core/paged.js";
import { ago, exact } from "../core/times.js";
import { showEditor } from "./editor.js";

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
    <p>Articles are written by the blog's authors. Everybody can read them and comment.</p>
    <p><a class="button" href="#/blog">Read the blog</a></p>
  </div>
`;

const WORDS = {
  failed: "The drafts could not be loaded",
  more: "older drafts",
  nothing: () => ["No drafts", "What you start writing is kept here.", {
    area: "blog", step: "Write the first one", at: "[href='#/write/new']",
  }],
};

const when = ({ status, publishAt }) => (status === "published"
  ? html`<span class="tag waiting-tag">appears ${exact(publishAt)}</span>`
  : html`<span class="tag">draft</span>`);

const draw = (draft) => element(html`
  <li class="draft">
    <h2><a href="#/write/${draft.slug}">${draft.title}</a></h2>
    <p class="byline">${draft.author.name} · changed ${ago(draft.updatedAt)} ${when(draft)}</p>
    <p class="article-summary">${draft.summary}</p>
  </li>
`);

class Drafts extends Paged {
  // Latest change first.
  compare(one, other) {
    return one.updatedAt < other.updatedAt ? 1 : -1;
  }
}

const showDrafts = ({ main, signal }) => {
  render(main, page);
  const rows = new Keyed({ list: main.querySelector("#drafts"), draw });
  const drafts = new Drafts({ list: listDrafts, onChange: () => show(), signal });
  const showEnd = startEnd({ list: drafts, main, words: WORDS, isEager: false, signal });
  const show = () => {
    const all = drafts.all();
    rows.show(all.map((draft) => ({ key: draft.id, ...draft })));
    showEnd(all.length);
  };
  drafts.open();
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
