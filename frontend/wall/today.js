// The newest posts, live.

import { avatar } from "../core/avatars.js";
import { html } from "../core/html.js";
import { me } from "../core/me.js";
import { linked } from "../core/texts.js";
import { ago, exact } from "../core/times.js";
import * as live from "../live/live.js";

const MOST = 5;

const row = ({ author, at, text }) => html`
  <li class="today-post">
    ${avatar(author.name)}
    <div>
      <p class="post-head"><strong>${author.name}</strong>
        <time datetime="${at}" title="${exact(at)}" data-ago>${ago(at)}</time></p>
      <p class="said clamped">${linked(text)}</p>
    </div>
  </li>
`;

const withNew = (post) => (posts) =>
  [post, ...posts.filter(({ id }) => id !== post.id)].sort((one, other) => (one.id < other.id ? 1 : -1)).slice(0, MOST);

export const part = {
  name: "posts",
  area: "wall",
  place: 50,
  title: "On the wall",
  all: ["#/wall", "The whole wall"],
  step: { id: "post", area: "wall", to: "#/wall", title: "Write on the wall", text: "everybody sees it at once" },

  draw: (told) => told?.length > 0 && html`<ol class="today-list">${told.map(row)}</ol>`,

  live({ read, change, signal }) {
    live.on("post", ({ post }) => {
      change("posts", withNew(post));
      if (post.author.id === me()?.id) read();
    }, signal);
    live.on("post.deleted", ({ id }) => change("posts", (posts) => posts.filter((post) => post.id !== id)), signal);
  },
};
