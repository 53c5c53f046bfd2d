// An article's comments: a new one shows at once as pending, and is kept for another try if it fails.

import { addComment, listComments, removeComment } from "../core/api.js";
import { rowAct } from "../core/acts.js";
import { avatar } from "../core/avatars.js";
import { Composer, composer } from "../core/composer.js";
import { confirmDelete } from "../core/dialog.js";
import { startEnd } from "../core/end.js";
import { element, html, render } from "../core/html.js";
import { Keyed } from "../core/keyed.js";
import { follow } from "../live/follow.js";
import * as live from "../live/live.js";
import { isAuthor, me, onMe } from "../core/me.js";
import { Paged } from "../core/paged.js";
import { rememberPlace } from "../core/router.js";
import { isSignedIn } from "../core/session.js";
import { FAILED, PENDING } from "../core/states.js";
import { linked } from "../core/texts.js";
import { ago, exact, startTicking } from "../core/times.js";
import { toast } from "../core/toast.js";

const writer = composer({
  id: "new-comment",
  label: "Your comment",
  placeholder: "What do you think?",
  action: "Comment",
  hint: html`<span class="wide-only"><kbd>Ctrl</kbd> <kbd>Enter</kbd> sends it. </span>Everybody can read it.`,
});

const invitation = html`
  <p class="notice"><a href="#/sign-in" id="comment-sign-in">Sign in</a> to comment.</p>
`;

const frame = (canWrite) => html`
  <h2 id="comments-title">Comments</h2>
  <ol class="comment-list" id="comment-list"></ol>
  <div class="end" id="comments-end"></div>
  ${canWrite ? writer : invitation}
`;

const WORDS = {
  failed: "The comments could not be loaded",
  more: "more comments",
  nothing: () => ["", "Nobody has said anything yet."],
};

const mayRemove = ({ author }) => author.id === me()?.id || isAuthor();

const state = ({ isFailed, message }) => (isFailed
  ? html`
    <p class="post-state failed" role="alert">${FAILED.send} ${message}</p>
    <p class="post-acts">
      <button type="button" class="button small" data-act="retry">Retry</button>
      <button type="button" class="button quiet small" data-act="discard">Discard</button>
    </p>`
  : html`<p class="post-state">${PENDING.send}</p>`);

const removal = ({ author }) => html`
  <p class="post-act">${rowAct({ act: "remove", icon: "bin", text: "Delete", of: `the comment by ${author.name}` })}</p>
`;

const draw = ({ comment, isPending, isFailed, message }) => element(html`
  <li class="post comment ${isPending && "pending"} ${isFailed && "failed"}" tabindex="-1">
    ${avatar(comment.author.name)}
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

class Comments extends Paged {
  // Oldest first.
  compare(one, other) {
    return one.at < other.at ? -1 : 1;
  }
}

const look = (row) => JSON.stringify([row, mayRemove(row.comment)]);

class Section {
  constructor({ section, article: { id, slug, author }, signal }) {
    this.section = section;
    this.slug = slug;
    this.articleId = id;
    this.author = author;
    this.signal = signal;
    this.unsent = new Map();
    const list = (page) => listComments({ ...page, slug, edge: !isSignedIn() });
    this.comments = new Comments({ list, onChange: () => this.show(), signal });
  }

  start() {
    const { section, signal } = this;
    render(section, frame(isSignedIn()));
    this.list = new Keyed({ list: section.querySelector("#comment-list"), draw, look });
    const place = section.querySelector("#comments-end");
    this.showEnd = startEnd({ list: this.comments, main: section, place, words: WORDS, isEager: false, signal });
    section.addEventListener("click", ({ target }) => this.act(target));
    section.querySelector("#comment-sign-in")?.addEventListener("click", rememberPlace);
    onMe(() => this.show(), signal);
    live.on("comment", ({ articleId, comment }) => {
      if (articleId === this.articleId) this.comments.receive(comment);
    }, signal);
    follow(() => this.comments.catchUp(), signal);
    startTicking(section, signal);
    this.startWriting(section.querySelector("#new-comment"));
    this.comments.open();
  }

  startWriting(form) {
    if (!form) return;
    const isSending = (event) => event.ctrlKey || event.metaKey;
    const onText = (text) => this.say(text);
    const people = () => [this.author, ...this.comments.all().map((comment) => comment.author)];
    new Composer({ form, draft: `comment:${this.slug}`, isSending, people, onText, signal: this.signal });
  }

  show() {
    if (this.signal.aborted) return;
    const rows = this.rows();
    this.list.show(rows);
    this.showEnd(rows.length);
  }

  rows() {
    const unsent = [...this.unsent.values()];
    return [...this.comments.all().map((comment) => ({ key: comment.id, comment })), ...unsent];
  }

  say(text) {
    const key = crypto.randomUUID();
    const { id, name } = me();
    return this.send({ key, comment: { id: key, text, author: { id, name }, at: new Date().toISOString() } });
  }

  async send({ key, comment }) {
    this.set({ key, comment, isPending: true });
    try {
      const added = await addComment({ slug: this.slug, body: { text: comment.text, clientId: key } });
      this.unsent.delete(key);
      this.comments.put(added);
    } catch (problem) {
      this.set({ key, comment, isFailed: true, message: problem.detail });
    }
  }

  set(row) {
    this.unsent.set(row.key, row);
    this.show();
  }

  act(target) {
    const act = target.closest("[data-act]")?.dataset.act;
    const key = target.closest("li")?.dataset.key;
    if (act === "retry") this.send(this.unsent.get(key));
    if (act === "discard") this.discard(key);
    if (act === "remove") this.remove(key);
  }

  discard(key) {
    this.unsent.delete(key);
    this.show();
  }

  async remove(id) {
    if (!(await confirmDelete("Delete this comment?", "It will be gone for everybody."))) return;
    try {
      await removeComment({ slug: this.slug, id });
      this.comments.drop(id);
    } catch (problem) {
      if (problem.status === 404) this.comments.drop(id);
      else toast(`The comment was not deleted. ${problem.detail}`, { failure: true });
    }
  }
}

export const showComments = (given) => new Section(given).start();
