// What is said about an article: shown at once as on its way, and kept for another try when it fails.

import { addComment, listComments, removeComment } from "../core/api.js";
import { Composer, composer } from "../core/composer.js";
import { confirm } from "../core/dialog.js";
import { initials } from "../core/header.js";
import { element, html, render } from "../core/html.js";
import { Keyed } from "../core/keyed.js";
import { isAuthor, me, onMe } from "../core/me.js";
import { rememberPlace } from "../core/router.js";
import { isSignedIn } from "../core/session.js";
import { linked } from "../core/texts.js";
import { ago, exact, startTicking } from "../core/times.js";
import { toast } from "../core/toast.js";
import { failure } from "../articles/parts.js";

const writer = composer({
  id: "new-comment",
  label: "Your comment",
  placeholder: "What do you think?",
  action: "Comment",
  hint: html`<span class="wide-only"><kbd>Ctrl</kbd> <kbd>Enter</kbd> sends it. </span>Everybody can read it.`,
});

const invitation = html`
  <p class="notice"><a href="#/sign-in" id="comment-sign-in">Sign in</a> to say something about it.</p>
`;

const frame = (canWrite) => html`
  <h2 id="comments-title">Comments</h2>
  <p class="muted" id="no-comments" hidden>Nobody has said anything yet.</p>
  <ol class="comment-list" id="comment-list"></ol>
  <div class="end" id="comments-end"></div>
  ${canWrite ? writer : invitation}
`;

const more = html`<button type="button" class="button quiet" data-act="more">Load more comments</button>`;

const mayRemove = ({ author }) => author.id === me()?.id || isAuthor();

const state = ({ isFailed, message }) => (isFailed
  ? html`
    <p class="post-state failed" role="alert">Not sent. ${message}</p>
    <p class="post-acts">
      <button type="button" class="button small" data-act="retry">Retry</button>
      <button type="button" class="button quiet small" data-act="discard">Discard</button>
    </p>`
  : html`<p class="post-state">Sending…</p>`);

const removal = ({ author }) => html`
  <button type="button" class="button quiet small post-act" data-act="remove"
    >Delete<span class="unseen"> the comment by ${author.name}</span></button>
`;

const draw = ({ comment, isPending, isFailed, message }) => element(html`
  <li class="post comment ${isPending && "pending"} ${isFailed && "failed"}" tabindex="-1">
    <span class="initials" aria-hidden="true">${initials(comment.author.name)}</span>
    <div class="post-body">
      <p class="post-head">
        <strong>${comment.author.name}</strong>
        <time datetime="${comment.at}" title="${exact(comment.at)}" data-ago>${ago(comment.at)}</time>
      </p>
      <p class="said">${linked(comment.text)}</p>
      ${isPending || isFailed ? state({ isFailed, message }) : mayRemove(comment) && removal(comment)}
    </div>
  </li>
`);

const look = (row) => JSON.stringify([row, mayRemove(row.comment)]);

class Comments {
  constructor({ section, slug, signal }) {
    this.section = section;
    this.slug = slug;
    this.signal = signal;
    this.rows = new Map();
    this.next = null;
  }

  start() {
    const { section, signal } = this;
    render(section, frame(isSignedIn()));
    this.list = new Keyed({ list: section.querySelector("#comment-list"), draw, look });
    this.end = section.querySelector("#comments-end");
    section.addEventListener("click", ({ target }) => this.act(target));
    section.querySelector("#comment-sign-in")?.addEventListener("click", rememberPlace);
    onMe(() => this.show(), signal);
    startTicking(section, signal);
    this.startWriting(section.querySelector("#new-comment"));
    this.load();
  }

  startWriting(form) {
    if (!form) return;
    const isSending = (event) => event.ctrlKey || event.metaKey;
    const onText = (text) => this.say(text);
    new Composer({ form, draft: `comment:${this.slug}`, isSending, onText, signal: this.signal });
  }

  async load() {
    try {
      const asked = { slug: this.slug, after: this.next, edge: !isSignedIn(), signal: this.signal };
      const { items, next } = await listComments(asked);
      items.forEach((comment) => this.rows.set(comment.id, { key: comment.id, comment }));
      this.next = next;
      render(this.end, next ? more : html``);
      this.show();
    } catch (problem) {
      if (!this.signal.aborted) render(this.end, failure("The comments could not be loaded", problem));
    }
  }

  show() {
    if (this.signal.aborted) return;
    const rows = [...this.rows.values()].sort((one, other) => (one.comment.at < other.comment.at ? -1 : 1));
    this.list.show(rows);
    this.section.querySelector("#no-comments").hidden = rows.length > 0 || this.end.childElementCount > 0;
  }

  say(text) {
    const key = crypto.randomUUID();
    const { id, name } = me();
    return this.send({ key, comment: { id: key, text, author: { id, name }, at: new Date().toISOString() } });
  }

  async send({ key, comment }) {
    this.rows.set(key, { key, comment, isPending: true });
    this.show();
    try {
      const added = await addComment({ slug: this.slug, body: { text: comment.text, clientId: key } });
      this.rows.delete(key);
      this.rows.set(added.id, { key: added.id, comment: added });
    } catch (problem) {
      this.rows.set(key, { key, comment, isFailed: true, message: problem.detail });
    }
    this.show();
  }

  act(target) {
    const act = target.closest("[data-act]")?.dataset.act;
    const row = this.rows.get(target.closest("li")?.dataset.key);
    if (!row && act) this.load();
    else if (act === "retry") this.send(row);
    else if (act === "discard") this.drop(row.key);
    else if (act === "remove") this.remove(row);
  }

  drop(key) {
    this.rows.delete(key);
    this.show();
  }

  async remove({ key, comment }) {
    const agreed = await confirm({
      title: "Delete this comment?",
      text: "It will be gone for everybody.",
      action: "Delete",
      danger: true,
    });
    if (!agreed) return;
    try {
      await removeComment({ slug: this.slug, id: comment.id });
      this.drop(key);
    } catch (problem) {
      if (problem.status === 404) this.drop(key);
      else toast(`The comment is not deleted. ${problem.detail}`, { failure: true });
    }
  }
}

export const showComments = (given) => new Comments(given).start();
