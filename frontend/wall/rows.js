// A post's row: on the wall, or still on its way.

import { rowAct } from "../core/acts.js";
import { avatar } from "../core/avatars.js";
import { element, html } from "../core/html.js";
import { me } from "../core/me.js";
import { FAILED, PENDING, WAITS } from "../core/states.js";
import { linked } from "../core/texts.js";
import { ago, exact } from "../core/times.js";

const STATES = { waiting: WAITS, sent: PENDING.send };

const isOwn = (post) => post.author.id === me()?.id;

const head = (name, rest) => html`<p class="post-head"><strong>${name}</strong>${rest}</p>`;

const when = (at) => html` <time datetime="${at}" title="${exact(at)}" data-ago>${ago(at)}</time>`;

const body = (text) => html`<p class="said">${linked(text)}</p>`;

const frame = (kind, name, content) => element(html`
  <li class="post ${kind}" tabindex="-1">
    ${avatar(name)}
    <div class="post-body">${content}</div>
  </li>
`);

const removal = (isRemoving) => html`
  <p class="post-act">${rowAct({
    act: "remove", icon: "bin", text: isRemoving ? PENDING.remove : "Delete", isBusy: isRemoving,
  })}</p>
`;

const posted = ({ post, isRemoving }) => frame(isRemoving ? "pending" : "", post.author.name, html`
  ${head(post.author.name, when(post.at))}
  ${body(post.text)}
  ${isOwn(post) && removal(isRemoving)}
`);

const failure = ({ message }) => html`
  <p class="post-state failed" role="alert">${FAILED.send} ${message}</p>
  <p class="post-acts">
    <button type="button" class="button small" data-act="retry">Retry</button>
    <button type="button" class="button quiet small" data-act="discard">Discard</button>
  </p>
`;

const progress = ({ state }) => html`<p class="post-state">${STATES[state]}</p>`;

const unsent = ({ item, name }) => frame(item.state === "failed" ? "failed" : "pending", name, html`
  ${head(name, "")}
  ${body(item.text)}
  ${item.state === "failed" ? failure(item) : progress(item)}
`);

export const draw = (row) => (row.post ? posted(row) : unsent(row));

export const look = (row) => JSON.stringify([row, row.post && isOwn(row.post)]);
