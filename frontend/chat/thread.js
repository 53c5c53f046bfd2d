// The messages of one conversation that this page knows: each once, in their order, and as they were changed last.

import { listMessages } from "../core/api.js";
import { Paged } from "../core/paged.js";

const PAGE = 50;
// How far back is looked for what was changed meanwhile.
const MOST_PAGES_AGAIN = 5;
const NONE = "000000000000";

const follows = (id, before) => Number(id) === Number(before) + 1;

export class Thread extends Paged {
  constructor({ id, ...given }) {
    super({ list: (page) => listMessages({ id, ...page }), size: PAGE, back: "before", ...given });
    this.id = id;
  }

  // Oldest first.
  compare(one, other) {
    return -super.compare(one, other);
  }

  newest() {
    return this.all().at(-1);
  }

  // A message pushed late must not undo what was edited or deleted since.
  latest(known, given) {
    if (!known || given.deleted) return given;
    return !known.deleted && (given.editedAt ?? "") >= (known.editedAt ?? "") ? given : known;
  }

  // Whether the one before it is here: if not, something was missed.
  receive(message) {
    const newest = this.newest()?.id ?? NONE;
    const isNew = message.id > newest;
    this.keep(message);
    if (isNew && this.state !== "loading") this.onNew(message);
    this.onChange();
    return !isNew || this.state === "loading" || follows(message.id, newest);
  }

  // Edited or deleted; of one that isn't loaded it is nothing.
  change(message) {
    if (this.items.has(message.id)) this.put(message);
  }

  // From before the first hole: what was pushed in between came by itself.
  async readMissed(signal) {
    if (await this.readGap(this.lastUnbroken(), signal)) await this.readChanged(signal);
    else await this.beginAgain(signal);
  }

  lastUnbroken() {
    const all = this.all();
    const hole = all.findIndex(({ id }, index) => index > 0 && !follows(id, all[index - 1].id));
    return (hole < 0 ? all.at(-1) : all[hole - 1])?.id ?? NONE;
  }

  // What was edited or deleted meanwhile, as far up as this page goes.
  async readChanged(signal) {
    const oldest = this.all()[0]?.id;
    let before = null;
    for (let count = 0; oldest && count < MOST_PAGES_AGAIN; count += 1) {
      const page = await this.readMany(before, signal);
      page.items.forEach((message) => this.change(message));
      if (!page.next || page.items.at(-1).id <= oldest) return;
      before = page.next;
    }
  }
}
