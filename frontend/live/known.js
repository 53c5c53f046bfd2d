// What a page knows of a long list: each item once by its id, read page by page, pushed since, and what was missed.

const GAP_PAGE = 100;
// Whoever missed more than this begins again at the newest.
const MOST_GAP_PAGES = 5;

export class Known {
  // `list` reads one page, `size` items of it at first; `back` is the parameter that leads to older ones.
  constructor({ list, size, back, onChange, onNew, signal }) {
    this.list = (given) => list({ ...given, signal });
    this.size = size;
    this.back = back;
    this.onChange = onChange;
    this.onNew = onNew;
    this.signal = signal;
    this.items = new Map();
    this.next = null;
    this.state = "loading";
    this.problem = null;
  }

  // Oldest first.
  all() {
    return [...this.items.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  newest() {
    return this.all().at(-1) ?? null;
  }

  open() {
    this.state = "loading";
    return this.read(null);
  }

  older() {
    return this.state === "ready" && this.next ? this.more() : null;
  }

  retry() {
    return this.items.size ? this.more() : this.open();
  }

  more() {
    this.state = "more";
    return this.read(this.next);
  }

  async read(from) {
    this.problem = null;
    this.onChange();
    try {
      const page = await this.list({ limit: this.size, [this.back]: from });
      page.items.forEach((item) => this.keep(item));
      this.next = page.next;
      this.state = "ready";
    } catch (problem) {
      if (this.signal.aborted) return;
      this.state = "failed";
      this.problem = problem;
    }
    this.onChange();
  }

  async catchUp(how) {
    if (this.state === "loading" || (this.state === "failed" && !this.items.size)) return this.open();
    try {
      return await this.readMissed(how);
    } catch {
      // The next time reads it all the same.
      return null;
    }
  }

  begin() {
    this.items.clear();
    return this.open();
  }

  // A page as large as may be, of what was missed or changed.
  readMany(given) {
    return this.list({ limit: GAP_PAGE, ...given });
  }

  // Everything after that one; false when it is too much.
  async readGap(since) {
    let after = null;
    for (let count = 0; count < MOST_GAP_PAGES; count += 1) {
      const page = await this.readMany({ since, after });
      page.items.forEach((item) => this.receive(item));
      if (!page.next) return true;
      after = page.next;
    }
    return false;
  }
}
