// The messages of one conversation that this page knows: each once, in their order, and as they were changed last.

import { listMessages } from "../api.js";

const PAGE = 50;
const GAP_PAGE = 100;
// Whoever missed more than this begins again at the newest.
const MOST_GAP_PAGES = 5;
const NONE = "000000000000";

// A message pushed late must not undo what was edited or deleted since.
const latest = (known, given) => {
  if (!known || given.deleted) return given;
  return !known.deleted && (given.editedAt ?? "") >= (known.editedAt ?? "") ? given : known;
};

const follows = (id, before) => Number(id) === Number(before) + 1;

export class Thread {
  constructor({ id, onChange, onNew, signal }) {
    this.id = id;
    this.onChange = onChange;
    this.onNew = onNew;
    this.signal = signal;
    this.messages = new Map();
    this.next = null;
    this.state = "loading";
    this.problem = null;
  }

  all() {
    return [...this.messages.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  newest() {
    return this.all().at(-1) ?? null;
  }

  list(given) {
    return listMessages({ id: this.id, signal: this.signal, ...given });
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
    if (!this.messages.size) return this.open();
    this.state = "more";
    return this.read(this.next);
  }

  async read(before) {
    this.problem = null;
    this.onChange();
    try {
      const page = await this.list({ limit: PAGE, before });
      page.items.forEach((message) => this.keep(message));
      this.next = page.next;
      this.state = "ready";
    } catch (problem) {
      if (this.signal.aborted) return;
      this.state = "failed";
      this.problem = problem;
    }
    this.onChange();
  }

  keep(message) {
    this.messages.set(message.id, latest(this.messages.get(message.id), message));
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
    if (!this.messages.has(message.id)) return;
    this.keep(message);
    this.onChange();
  }

  async catchUp() {
    if (this.state === "loading" || (this.state === "failed" && !this.messages.size)) return this.open();
    try {
      // From before the first hole: what was pushed in between came by itself.
      if (!(await this.readGap(this.lastUnbroken()))) return this.begin();
      return await this.readAgain();
    } catch {
      // The next time reads it all the same.
      return null;
    }
  }

  begin() {
    this.messages.clear();
    return this.open();
  }

  lastUnbroken() {
    const all = this.all();
    const hole = all.findIndex(({ id }, index) => index > 0 && !follows(id, all[index - 1].id));
    return (hole < 0 ? all.at(-1) : all[hole - 1])?.id ?? NONE;
  }

  // Everything after that one; false when it is too much.
  async readGap(since) {
    let after = null;
    for (let count = 0; count < MOST_GAP_PAGES; count += 1) {
      const page = await this.list({ limit: GAP_PAGE, since, after });
      page.items.forEach((message) => this.receive(message));
      if (!page.next) return true;
      after = page.next;
    }
    return false;
  }

  // What was edited or deleted meanwhile, as far up as this page goes.
  async readAgain() {
    const oldest = this.all()[0]?.id;
    let before = null;
    for (let count = 0; oldest && count < MOST_GAP_PAGES; count += 1) {
      const page = await this.list({ limit: GAP_PAGE, before });
      page.items.forEach((message) => this.change(message));
      if (!page.next || page.items.at(-1).id <= oldest) return;
      before = page.next;
    }
  }
}
