// The loaded messages of one conversation: each once, in order, in its latest version.

import { listMessages } from "../core/api.js";
import { Paged } from "../core/paged.js";

const PAGE = 50;
// How far back to look for changed messages.
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

  // A late push must not undo an edit or a deletion.
  latest(known, given) {
    if (!known || given.deleted) return given;
    return !known.deleted && (given.editedAt ?? "") >= (known.editedAt ?? "") ? given : known;
  }

  // Returns whether the message before it is here: if not, something was missed.
  receive(message) {
    const newest = this.newest()?.id ?? NONE;
    const isNew = message.id > newest;
    this.keep(message);
    if (isNew && this.state !== "loading") this.onNew(message);
    this.onChange();
    return !isNew || this.state === "loading" || follows(message.id, newest);
  }

  // Edited or deleted; ignored unless it is loaded.
  change(message) {
    if (this.items.has(message.id)) this.put(message);
  }

  // Reads on from the first gap: later messages may have been pushed.
  async readMissed(signal) {
    if (await this.readGap(this.lastUnbroken(), signal)) await this.readChanged(signal);
    else await this.beginAgain(signal);
  }

  lastUnbroken() {
    const all = this.all();
    const hole = all.findIndex(({ id }, index) => index > 0 && !follows(id, all[index - 1].id));
    return (hole < 0 ? all.at(-1) : all[hole - 1])?.id ?? NONE;
  }

  // Edits and deletions, as far back as messages are loaded.
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
