// One article: its text, links to the previous and next one, and its comments.

import { getArticle } from "../core/api.js";
import { failure } from "../core/end.js";
import { html, render, rendered } from "../core/html.js";
import { isAuthor, onMe } from "../core/me.js";
import { missingPage, setTitle } from "../core/router.js";
import { showComments } from "../comments/comments.js";
import { atTheSite, byline, fromEdge, tagList } from "./parts.js";
import { pictureOf } from "../photos/photos.js";
import { showListen } from "../narration/listen.js";
import { subscribeForm } from "../subscribers/subscribe.js";

const waiting = html`
  <div class="article">
    <h1 tabindex="-1" class="unseen">Blog</h1>
    <div class="blog-skeleton" aria-hidden="true"><span></span><span></span><span></span></div>
  </div>
`;

const broken = (problem) => html`
  <div class="article">
    <h1 tabindex="-1" class="unseen">Blog</h1>
    ${failure("The article could not be loaded", problem)}
  </div>
`;

const neighbour = (kind, says, other) => other && html`
  <a class="beside-${kind}" href="#/blog/${other.slug}"><span>${says}</span> ${other.title}</a>
`;

const beside = ({ previous, next }) => (previous || next) && html`
  <nav class="beside" aria-label="More articles">
    ${neighbour("previous", "Earlier", previous)}
    ${neighbour("next", "Later", next)}
  </nav>
`;

const page = (article) => html`
  <article class="article">
    <header class="article-head">
      <p class="blog-all"><a href="#/blog">All articles</a></p>
      <h1 tabindex="-1">${article.title}</h1>
      ${byline(article)}
      <div class="article-acts">
        <div class="listen" id="listen"></div>
        <p id="author-actions" hidden><a class="button quiet small" href="#/write/${article.slug}">Edit</a></p>
      </div>
      ${pictureOf(article.picture, { lazy: false })}
    </header>
    <div class="prose">${rendered(article.html)}</div>
    ${tagList(article.tags)}
    <p class="article-share"><a href="${atTheSite(`/read/${article.slug}`)}">Page to share or print</a></p>
  </article>
  ${beside(article)}
  <section class="comments" id="comments" aria-labelledby="comments-title"></section>
`;

const showWhole = (article, { main, signal }) => {
  render(main, page(article));
  setTitle(article.title);
  const showActions = () => {
    main.querySelector("#author-actions").hidden = !isAuthor();
  };
  onMe(showActions, signal);
  showActions();
  showListen({ place: main.querySelector("#listen"), slug: article.slug, title: article.title, signal });
  showComments({ section: main.querySelector("#comments"), article, signal });
  main.append(subscribeForm({ signal }));
};

export const show = async (given) => {
  const { main, path, signal } = given;
  const slug = decodeURIComponent(path.slice("/blog/".length));
  const hadFocus = () => main.contains(document.activeElement);
  render(main, waiting);
  let draw = null;
  try {
    const article = await getArticle({ slug, edge: fromEdge(), signal });
    draw = () => showWhole(article, given);
  } catch (problem) {
    draw = () => {
      if (problem.status === 404) missingPage.show(given);
      else render(main, broken(problem));
      main.querySelector("[data-end=retry]")?.addEventListener("click", () => show(given));
    };
  }
  if (signal.aborted) return;
  const isFocused = hadFocus();
  draw();
  if (isFocused) main.querySelector("h1").focus({ preventScroll: true });
};
