// What the list, the article and the desk have in common: days, tags, author.

import { config } from "../core/config.js";
import { html } from "../core/html.js";
import { isAuthor } from "../core/me.js";

const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });

export const day = (at) => html`<time datetime="${at}">${dayFormat.format(new Date(at))}</time>`;

export const addressOf = ({ slug }) => `#/blog/${slug}`;

export const byline = ({ author, publishedAt, minutes }) => html`
  <p class="byline">${author.name} · ${day(publishedAt)}${minutes && ` · ${minutes} min to read`}</p>
`;

export const tagList = (tags) => tags.length > 0 && html`
  <ul class="tags inline-list" aria-label="Tags">
    ${tags.map((tag) => html`<li><a class="tag" href="#/blog?${new URLSearchParams({ tag })}">${tag}</a></li>`)}
  </ul>
`;

// An address beside the API at the edge, even if the pages themselves are hosted elsewhere.
export const atTheSite = (path) => config().edge.replace(/\/api$/, path);

// Authors want to see their changes at once; everybody else can read from the edge.
export const fromEdge = () => !isAuthor();
