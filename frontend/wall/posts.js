// The posts on this page, newest first: pages from the API, and pushes since.

import { listPosts } from "../core/api.js";
import { Paged } from "../core/paged.js";

const PAGE = 30;
const LAG = 10000;

export class Posts extends Paged {
  constructor(given) {
    super({ list: listPosts, size: PAGE, ...given });
    this.lag = LAG;
  }

  async readMissed(signal, { isPoll = false }) {
    if (isPoll && (await this.readTop(signal))) return;
    const [newest] = this.all();
    if (newest && !(await this.readGap(newest.id, signal))) await this.beginAgain(signal);
    else await this.readTop(signal);
  }

  // True if the page reaches back to known posts.
  async readTop(signal) {
    const begunAt = performance.now();
    const [newest] = this.all();
    const { items, next } = await this.readMany(null, signal);
    this.forget(items, next, begunAt);
    items.forEach((post) => this.receive(post));
    return !next || (newest !== undefined && newest.id >= items.at(-1).id);
  }

  // Posts below the known ones are older, not new.
  receive(post) {
    const oldest = this.all().at(-1);
    if (oldest && post.id < oldest.id) this.put(post);
    else super.receive(post);
  }
}
