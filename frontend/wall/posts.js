// The posts that this page knows: what the API gave page by page, and what was pushed since, each once, newest first.

import { listPosts } from "../core/api.js";
import { Known } from "../live/known.js";

const PAGE = 30;
// A list may be read a moment before it knows of what was pushed already.
const SETTLED_AFTER = 10000;

export class Posts extends Known {
  constructor(given) {
    super({ list: listPosts, size: PAGE, back: "after", ...given });
    this.arrivedAt = new Map();
    this.gone = new Set();
  }

  newestFirst() {
    return this.all().reverse();
  }

  keep(post) {
    if (this.gone.has(post.id) || this.items.has(post.id)) return false;
    this.items.set(post.id, post);
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
    if (this.items.delete(id)) this.onChange();
  }

  async readMissed({ isPoll = false }) {
    if (isPoll && (await this.readTop())) return null;
    const newest = this.newest();
    return !newest || (await this.readGap(newest.id)) ? this.readTop() : this.begin();
  }

  // What is not in the newest page although it should be was deleted meanwhile. True when the page reaches back
  // to what was known before.
  async readTop() {
    const begunAt = Date.now();
    const known = this.newest()?.id ?? null;
    const page = await this.readMany();
    page.items.forEach((post) => this.receive(post));
    const there = new Set(page.items.map((post) => post.id));
    const oldest = page.next ? page.items.at(-1).id : "";
    this.all()
      .filter(({ id }) => id > oldest && !there.has(id) && this.arrivedAt.get(id) < begunAt - SETTLED_AFTER)
      .forEach(({ id }) => this.drop(id));
    return !page.next || (known !== null && known >= oldest);
  }
}
