// The blog's articles, newest first, all or those of one tag.

import { listArticles } from "../core/api.js";
import { element, html, render } from "../core/html.js";
import { isAuthor, onMe } from "../core/me.js";
import { setTitle } from "../core/router.js";
import { addressOf, atTheSite, byline, failure, fromEdge, tagList } from "./parts.js";
import { pictureOf } from "../photos/photos.js";
import { subscribeForm } from "../subscribers/subscribe.js";

const PAGE = 10;
const CARD = "(max-width: 46rem) 100vw, 16rem";

const heading = (tag) => (tag ? html`<h1 tabindex="-1">Blog: ${tag}</h1>` : html`<h1 tabindex="-1">Blog</h1>`);

const actions = html`
  <a class="button" href="#/write/new">Write an article</a>
  <a class="button quiet" href="#/write">Drafts</a>
`;

const page = (tag) => html`
  <div class="blog">
    <div class="page-head">
      ${heading(tag)}
      <div class="page-actions" id="author-actions" hidden>${actions}</div>
    </div>
    ${tag && html`<p class="blog-all"><a href="#/blog">All articles</a></p>`}
    <ol class="articles" id="articles" aria-label="Articles, newest first"></ol>
    <div class="blog-skeleton" id="skeleton" aria-hidden="true"><span></span><span></span><span></span></div>
    <div class="end" id="end"></div>
    <p class="blog-feed"><a href="${atTheSite("/feed")}">Feed of the newest articles</a></p>
  </div>
`;

const card = (article) => element(html`
  <li class="article-card" tabindex="-1">
    <div class="article-card-text">
      <h2><a href="${addressOf(article)}">${article.title}</a></h2>
      ${byline(article)}
      <p class="article-summary">${article.summary}</p>
      ${tagList(article.tags)}
    </div>
    ${pictureOf(article.picture, { sizes: CARD })}
  </li>
`);

const empty = (tag) => html`
  <div class="nothing">
    <h2>${tag ? "Nothing with this tag" : "Nothing written yet"}</h2>
    <p>${tag ? "There may have been, once." : "The first article will be here, for everybody."}</p>
  </div>
`;

const more = html`<button type="button" class="button quiet" data-act="more">Load older articles</button>`;

class List {
  constructor({ main, query, signal }) {
    this.main = main;
    this.tag = query.get("tag");
    this.signal = signal;
    this.next = null;
    this.count = 0;
  }

  start() {
    render(this.main, page(this.tag));
    if (this.tag) setTitle(`Blog: ${this.tag}`);
    this.end = this.main.querySelector("#end");
    this.main.querySelector(".blog").append(subscribeForm({ signal: this.signal }));
    this.end.addEventListener("click", ({ target }) => {
      if (target.closest("[data-act]")) this.load();
    });
    onMe(() => this.showActions(), this.signal);
    this.showActions();
    this.load();
  }

  showActions() {
    this.main.querySelector("#author-actions").hidden = !isAuthor();
  }

  async load() {
    const asked = { limit: PAGE, tag: this.tag, after: this.next, edge: fromEdge(), signal: this.signal };
    this.end.querySelector("button")?.classList.add("waiting");
    try {
      this.add(await listArticles(asked));
    } catch (problem) {
      if (!this.signal.aborted) render(this.end, failure("The articles could not be loaded", problem));
    }
    if (!this.signal.aborted) this.main.querySelector("#skeleton").hidden = true;
  }

  add({ items, next }) {
    const cards = items.map(card);
    const hadFocus = this.end.contains(document.activeElement);
    this.main.querySelector("#articles").append(...cards);
    this.next = next;
    this.count += items.length;
    if (next) render(this.end, more);
    else render(this.end, this.count ? html`` : empty(this.tag));
    if (hadFocus) cards[0]?.focus({ preventScroll: true });
  }
}

export const show = (given) => new List(given).start();
