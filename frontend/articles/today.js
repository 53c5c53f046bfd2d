// The newest articles, and one's own drafts to go on with.

import { html } from "../core/html.js";
import { pictureOf } from "../photos/photos.js";
import { ago, exact } from "../core/times.js";
import { addressOf, byline } from "./parts.js";

const LEAD = "(max-width: 60rem) 100vw, 22rem";

const article = (one, index) => html`
  <li class="today-article">
    ${index === 0 && pictureOf(one.picture, { sizes: LEAD })}
    <p class="today-title"><a href="${addressOf(one)}">${one.title}</a></p>
    ${byline(one)}
  </li>
`;

const draft = ({ slug, title, updatedAt }) => html`
  <li><a href="#/write/${slug}"><span class="today-title">${title}</span></a>
    <span class="muted">changed <time datetime="${updatedAt}" title="${exact(updatedAt)}" data-ago>${ago(updatedAt)}</time></span></li>
`;

const drafts = (told) => told?.length > 0 && html`
  <div class="today-drafts"><h3>To go on with</h3><ul class="today-list">${told.map(draft)}</ul></div>
`;

export const part = {
  name: "articles",
  area: "blog",
  column: "aside",
  place: 20,
  title: "On the blog",
  all: ["#/blog", "All articles"],

  draw: (told, parts) => (told?.length > 0 || parts.drafts?.length > 0) && html`
    ${drafts(parts.drafts)}<ol class="today-list">${(told ?? []).map(article)}</ol>
  `,
};
