// The posts that this page knows: what the API gave page by page, and what was pushed since, each once, newest first.

import { listPosts } from "../api.js";

const PAGE = 30;
const GAP_PAGE = 100;
// Whoever missed more than this begins again at the top.
const MOST_GAP_PAGES = 5;
// A list may be read a moment before it knows of what was pushed already.
const SETTLED_AFTER = 10000;

export class Posts {
  constructor({ onChange, onNew, signal }) {
    this.onChange = onChange;
    this.onNew = onNew;
    this.signal = signal;
    this.posts = new Map();
    this.arrivedAt = new Map();
    this.gone = new Set();
    this.next = null;
    this.state = "loading";
    this.problem = null;
  }

  all() {
    return [...this.posts.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
  }

  newest() {
    return this.all()[0]?.id ?? null;
  }

  open() {
    this.state = "loading";
    return this.read(null);
  }

  older() {
    if (this.state !== "ready" || !this.next) return null;
    this.state = "more";
    return this.read(this.next);
  }

  retry() {
    return this.posts.size ? this.moreAgain() : this.open();
  }

  moreAgain() {
    this.state = "more";
    return this.read(this.next);
  }

  async read(after) {
    this.problem = null;
    this.onChange();
    try {
      const page = await listPosts({ limit: PAGE, after, signal: this.signal });
      page.items.forEach((post) => this.keep(post));
      this.next = page.next;
      this.state = "ready";
    } catch (problem) {
      if (this.signal.aborted) return;
      this.state = "failed";
      this.problem = problem;
    }
    this.onChange();
  }

  keep(post) {
    if (this.gone.has(post.id) || this.posts.has(post.id)) return false;
    this.posts.set(post.id, post);
    this.arrivedAt.set(post.id, Date.now());
    return true;
  }

  // Of one post that comes twice, the second time is nothing.
  receive(post) {
    if (!this.keep(post)) return;
    this.onNew(post);
    this.onChange();
  }

  // Also for one that isn't here yet: should it still come, it comes too late.
  drop(id) {
    this.gone.add(id);
    if (this.posts.delete(id)) this.onChange();
  }

  async catchUp({ isPoll = false }) {
    if (this.state === "loading" || (this.state === "failed" && !this.posts.size)) return this.open();
    try {
      if (isPoll && (await this.readTop())) return null;
      if (!(await this.readGap())) return this.begin();
      return await this.readTop();
    } catch {
      // The next time reads it all the same.
      return null;
    }
  }

  begin() {
    this.posts.clear();
    return this.open();
  }

  // Everything after the newest one; false when that is too much.
  async readGap() {
    const since = this.newest();
    let after = null;
    for (let count = 0; since && count < MOST_GAP_PAGES; count += 1) {
      const page = await listPosts({ limit: GAP_PAGE, since, after, signal: this.signal });
      page.items.forEach((post) => this.receive(post));
      if (!page.next) return true;
      after = page.next;
    }
    return !since;
  }

  // What is not in the newest page although it should be was deleted meanwhile. True when the page reaches back
  // to what was known before.
  async readTop() {
    const begunAt = Date.now();
    const known = this.newest();
    const page = await listPosts({ limit: GAP_PAGE, signal: this.signal });
    page.items.forEach((post) => this.receive(post));
    const there = new Set(page.items.map((post) => post.id));
    const oldest = page.next ? page.items.at(-1).id : "";
    this.all()
      .filter(({ id }) => id > oldest && !there.has(id) && this.arrivedAt.get(id) < begunAt - SETTLED_AFTER)
      .forEach(({ id }) => this.drop(id));
    return !page.next || (known !== null && known >= oldest);
  }
}
