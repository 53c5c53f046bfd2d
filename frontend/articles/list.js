// The blog's articles, newest first, all or those of one tag.

import { listArticles } from "../core/api.js";
import { startEnd } from "../core/end.js";
import { element, html, render } from "../core/html.js";
import { Keyed } from "../core/keyed.js";
import { isAuthor, onMe } from "../core/me.js";
import { Paged } from "../core/paged.js";
import { setTitle } from "../core/router.js";
import { addressOf, atTheSite, byline, fromEdge, tagList } from "./parts.js";
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
      ${article.summary && html`<p class="article-summary">${article.summary}</p>`}
      ${tagList(article.tags)}
    </div>
    ${pictureOf(article.picture, { sizes: CARD })}
  </li>
`);

const wordsOf = (tag) => ({
  failed: "The articles could not be loaded",
  more: "older articles",
  nothing: () => (tag
    ? ["Nothing with this tag", "There may have been, once.", { area: "blog" }]
    : ["Nothing written yet", "The first article will be here, for everybody.", { area: "blog" }]),
});

class Articles extends Paged {
  compare(one, other) {
    return one.publishedAt < other.publishedAt ? 1 : -1;
  }
}

const showActions = (main) => {
  main.querySelector("#author-actions").hidden = !isAuthor();
};

export const show = ({ main, query, signal }) => {
  const tag = query.get("tag");
  render(main, page(tag));
  if (tag) setTitle(`Blog: ${tag}`);
  main.querySelector(".blog").append(subscribeForm({ signal }));
  onMe(() => showActions(main), signal);
  showActions(main);
  const rows = new Keyed({ list: main.querySelector("#articles"), draw: card });
  const list = (given) => listArticles({ ...given, tag, edge: fromEdge() });
  const articles = new Articles({ list, size: PAGE, onChange: () => showList(), signal });
  const showEnd = startEnd({ list: articles, main, words: wordsOf(tag), isEager: false, signal });
  const showList = () => {
    const all = articles.all();
    rows.show(all.map((article) => ({ key: article.id, ...article })));
    showEnd(all.length);
  };
  articles.open();
};
