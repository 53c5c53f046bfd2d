// The wall: everybody can read it, signed-in people can post, new posts appear live.

import { removePost } from "../core/api.js";
import { Composer, composer } from "../core/composer.js";
import { skeleton, startEnd } from "../core/end.js";
import { html, render } from "../core/html.js";
import { Keyed } from "../core/keyed.js";
import { follow } from "../live/follow.js";
import * as live from "../live/live.js";
import { startSign } from "../live/sign.js";
import { me, onMe } from "../core/me.js";
import { removeFrom } from "../core/removing.js";
import { rememberPlace } from "../core/router.js";
import { isSignedIn, onSession } from "../core/session.js";
import { counted } from "../core/sizes.js";
import { startTicking } from "../core/times.js";
import { Posts } from "./posts.js";
import { draw, look } from "./rows.js";
import * as sending from "./sending.js";

const DRAFT = "wall";

const WORDS = {
  failed: "The posts could not be loaded",
  more: "older posts",
  nothing: () => ["Nothing on the wall yet", "The first post will appear here, for everybody.", {
    area: "wall", ...(isSignedIn() && { step: "Write the first post", at: "#new-post-text" }),
  }],
};

const writer = composer({
  id: "new-post",
  label: "New post",
  placeholder: "Something worth keeping…",
  action: "Post",
  hint: html`<span class="wide-only"><kbd>Ctrl</kbd> <kbd>Enter</kbd> posts it. </span>Everybody can read it.`,
});

const invitation = html`
  <p class="notice">Everybody can read the wall. <a href="#/sign-in" id="wall-sign-in">Sign in</a> to post on it.</p>
`;

const page = (canWrite) => html`
  <div class="wall">
    <div class="page-head"><h1 tabindex="-1">Wall</h1></div>
    <p class="live-sign" id="live-sign" role="status"></p>
    ${canWrite ? writer : invitation}
    <p class="unseen" id="news" role="status"></p>
    <div class="pill-place"><button type="button" class="pill" id="new-posts" hidden></button></div>
    <ol class="posts" id="posts" aria-label="Posts, newest first"></ol>
    ${skeleton("wall-skeleton", 4, 2)}
    <div class="end" id="end"></div>
  </div>
`;

const isCtrlEnter = (event) => event.ctrlKey || event.metaKey;

class WallPage {
  constructor({ main, signal }) {
    this.main = main;
    this.signal = signal;
    // New posts above the reading position: counted in the pill until the person asks for them.
    this.held = new Set();
    this.removing = new Set();
    this.posts = new Posts({ onChange: () => this.show(), onNew: (post) => this.onNew(post), signal });
  }

  start() {
    render(this.main, page(isSignedIn()));
    this.list = this.main.querySelector("#posts");
    this.pill = this.main.querySelector("#new-posts");
    this.rows = new Keyed({ list: this.list, draw, look });
    this.showEnd = startEnd({ list: this.posts, main: this.main, words: WORDS, signal: this.signal });
    this.startWriting();
    this.startEvents();
    startTicking(this.list, this.signal);
    startSign(this.main.querySelector("#live-sign"), this.signal);
    follow((more) => this.posts.catchUp(more), this.signal);
    this.posts.open();
  }

  startWriting() {
    const { signal } = this;
    const form = this.main.querySelector("#new-post");
    this.main.querySelector("#wall-sign-in")?.addEventListener("click", rememberPlace);
    if (!form) return;
    const [people, onText] = [() => this.people(), (text) => this.post(text)];
    new Composer({ form, draft: DRAFT, isSending: isCtrlEnter, people, onText, signal });
  }

  startEvents() {
    const { signal } = this;
    live.on("post", ({ post }) => this.posts.receive(post), signal);
    live.on("post.deleted", ({ id }) => this.posts.drop(id), signal);
    sending.onArrived((post) => this.posts.receive(post), signal);
    sending.outbox.changed.listen(() => this.show(), signal);
    onMe(() => this.show(), signal);
    onSession(() => this.show(), signal);
    this.list.addEventListener("click", ({ target }) => this.act(target));
    this.pill.addEventListener("click", () => this.showHeld());
    addEventListener("scroll", () => {
      if (this.held.size && !this.isScrolledDown()) this.release();
    }, { signal, passive: true });
  }

  people() {
    return this.posts.all().map(({ author }) => author);
  }

  isScrolledDown() {
    return this.list.getBoundingClientRect().top < 0;
  }

  onNew(post) {
    sending.settleTwin(post);
    if (post.author.id === me()?.id) return;
    if (this.isScrolledDown()) this.held.add(post.id);
    this.say(this.held.size ? counted(this.held.size, "new post") : `New post by ${post.author.name}`);
  }

  say(text) {
    this.main.querySelector("#news").textContent = text;
  }

  show() {
    if (this.signal.aborted) return;
    const rows = [...this.unsent(), ...this.shown()];
    this.rows.show(rows);
    this.list.hidden = rows.length === 0;
    this.showPill();
    this.showEnd(rows.length);
  }

  unsent() {
    const name = me()?.name ?? "";
    return sending.outbox.all().reverse().map((item) => ({ key: item.clientId, item, name }));
  }

  shown() {
    const posts = this.posts.all().filter((post) => !this.held.has(post.id));
    return posts.map((post) => ({ key: post.id, post, isRemoving: this.removing.has(post.id) }));
  }

  showPill() {
    const count = [...this.held].filter((id) => this.posts.items.has(id)).length;
    this.pill.hidden = count === 0;
    this.pill.textContent = counted(count, "new post");
  }

  release() {
    this.held.clear();
    this.show();
  }

  showHeld() {
    this.release();
    scrollTo({ top: 0 });
    this.list.firstElementChild?.focus({ preventScroll: true });
  }

  post(text) {
    this.release();
    sending.post(text);
  }

  act(target) {
    const act = target.closest("[data-act]")?.dataset.act;
    const key = target.closest("li")?.dataset.key;
    if (act === "retry") sending.retry(key);
    if (act === "discard") sending.discard(key);
    if (act === "remove") this.remove(key);
  }

  remove(id) {
    return removeFrom(this.posts, id, {
      remove: removePost,
      removing: this.removing,
      show: () => this.show(),
      asked: { title: "Delete this post?", text: "It will be gone from the wall for everybody." },
      failed: "The post was not deleted.",
    });
  }
}

export const show = (given) => new WallPage(given).start();
