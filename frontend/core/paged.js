// A long list: each item once by its id, read page by page, updated by pushes, and read again after an absence.

const MANY = 100;
// After a longer gap, start again from the top.
const MOST_GAP_PAGES = 5;
const NEVER = new AbortController().signal;

/**
 * @typedef {{id: string, version?: number}} Item
 * @typedef {"loading" | "more" | "ready" | "failed"} State
 * @typedef {{isPoll?: boolean}} Absence
 */

/** @template {Item} T */
export class Paged {
  /**
   * `list` reads one page, by default of `size` items; `back` is its parameter for where to go on. `onNew` is called
   * with each item that was added since.
   * @param {{
   *   list: (given: any) => Promise<{items: T[], next: string | null}>, size?: number, back?: string,
   *   onChange: () => void, onNew?: (item: T) => void, signal?: AbortSignal,
   * }} given
   */
  constructor({ list, size, back = "after", onChange, onNew = () => undefined, signal = NEVER }) {
    this.list = list;
    this.size = size;
    this.back = back;
    this.onChange = onChange;
    this.onNew = onNew;
    this.signal = signal;
    // For how many milliseconds a list may not include yet what was already pushed.
    this.lag = 0;
    this.pages = 1;
    this.reading = new AbortController();
    this.clear();
  }

  clear() {
    /** @type {Map<string, T>} */
    this.items = new Map();
    /** @type {Map<string, number>} */
    this.cameAt = new Map();
    // Ids of dropped items: late answers must not bring them back.
    /** @type {Set<string>} */
    this.gone = new Set();
    /** @type {Promise<void>} */
    this.turn = Promise.resolve();
    this.begin();
  }

  // Known items stay visible until the new ones are here.
  begin() {
    this.reading.abort();
    this.reading = new AbortController();
    this.pages = 1;
    /** @type {string | null} */
    this.next = null;
    /** @type {State} */
    this.state = "loading";
    /** @type {any} */
    this.problem = null;
  }

  open() {
    this.begin();
    this.onChange();
    return this.read((signal) => this.readAgain(signal));
  }

  more() {
    if (this.state !== "ready" || !this.next) return this.turn;
    this.settle("more");
    return this.read((signal) => this.readOn(signal));
  }

  retry() {
    if (!this.items.size || !this.next) return this.open();
    this.state = "ready";
    return this.more();
  }

  /**
   * Fails silently: what is shown is still usable, and the next call reads it anyway.
   * @param {Absence} [absence]
   */
  catchUp(absence = {}) {
    if (this.state === "failed" && !this.items.size) return this.open();
    return this.inTurn(async (signal) => {
      try {
        await this.readMissed(signal, absence);
        this.settle(this.state === "more" ? "more" : "ready");
      } catch (problem) {
        if (this.state === "loading") throw problem;
      }
    });
  }

  /** @param {(signal: AbortSignal) => Promise<void>} work */
  read(work) {
    return this.inTurn(async (signal) => {
      await work(signal);
      this.settle("ready");
    });
  }

  /**
   * One read at a time; `open` aborts earlier ones.
   * @param {(signal: AbortSignal) => Promise<void>} work
   */
  inTurn(work) {
    const signal = AbortSignal.any([this.signal, this.reading.signal]);
    this.turn = this.turn.then(async () => {
      if (signal.aborted) return;
      try {
        await work(signal);
      } catch (problem) {
        if (!signal.aborted) this.settle("failed", problem);
      }
    });
    return this.turn;
  }

  /**
   * @param {State} state
   * @param {any} [problem]
   */
  settle(state, problem = null) {
    this.state = state;
    this.problem = problem;
    this.onChange();
  }

  /**
   * @param {string | null} from
   * @param {AbortSignal} signal
   * @param {number | undefined} [limit]
   */
  async page(from, signal, limit = this.size) {
    const page = await this.list({ limit, [this.back]: from, signal });
    signal.throwIfAborted();
    return page;
  }

  /** @param {AbortSignal} signal */
  async readOn(signal) {
    const { items, next } = await this.page(this.next, signal);
    items.forEach((item) => this.keep(item));
    this.pages += 1;
    this.next = next;
  }

  /**
   * From the top, as far as was read before, or at most so many pages.
   * @param {AbortSignal} signal
   * @param {number} [most]
   */
  async readAgain(signal, most = this.pages) {
    const begunAt = performance.now();
    const found = [];
    let next = null;
    let pages = 0;
    do {
      const page = await this.page(next, signal);
      found.push(...page.items);
      next = page.next;
      pages += 1;
    } while (next && pages < most);
    this.forget(found, next, begunAt);
    found.forEach((item) => this.keep(item));
    if (next && pages < this.pages) return;
    this.next = next;
    this.pages = pages;
  }

  /**
   * What was missed while there were no pushes.
   * @param {AbortSignal} signal
   * @param {Absence} _absence
   */
  async readMissed(signal, _absence) {
    await this.readAgain(signal);
  }

  /**
   * Everything after that item; false if it is too much.
   * @param {string} since
   * @param {AbortSignal} signal
   */
  async readGap(since, signal) {
    let after = null;
    for (let count = 0; count < MOST_GAP_PAGES; count += 1) {
      const { items, next } = await this.list({ limit: MANY, since, after, signal });
      signal.throwIfAborted();
      items.forEach((item) => this.receive(item));
      if (!next) return true;
      after = next;
    }
    return false;
  }

  /**
   * A page of the largest size.
   * @param {string | null} from
   * @param {AbortSignal} signal
   */
  readMany(from, signal) {
    return this.page(from, signal, MANY);
  }

  /**
   * From the top, forgetting everything.
   * @param {AbortSignal} signal
   */
  async beginAgain(signal) {
    this.items.clear();
    this.pages = 1;
    this.settle("loading");
    await this.readAgain(signal);
  }

  /**
   * Items missing from what was read are gone, unless they were added while reading.
   * @param {T[]} found
   * @param {string | null} next
   * @param {number} begunAt
   */
  forget(found, next, begunAt) {
    const there = new Set(found.map(({ id }) => id));
    const last = [...found].sort((one, other) => this.compare(one, other)).at(-1);
    const isBeyond = (/** @type {T} */ item) => next && (!last || this.compare(item, last) > 0);
    for (const item of this.all()) {
      const isNew = (this.cameAt.get(item.id) ?? 0) >= begunAt - this.lag;
      if (!there.has(item.id) && !isNew && !isBeyond(item)) this.items.delete(item.id);
    }
  }

  /**
   * Which of two answers about an item to keep: a slow answer may be the older one.
   * @param {T | undefined} known
   * @param {T} given
   */
  latest(known, given) {
    return known && (known.version ?? 0) > (given.version ?? 0) ? known : given;
  }

  /** @param {T} item */
  keep(item) {
    const { id } = item;
    if (this.gone.has(id)) return;
    if (!this.items.has(id)) this.cameAt.set(id, performance.now());
    this.items.set(id, this.latest(this.items.get(id), item));
  }

  /** @param {T} item */
  put(item) {
    this.keep(item);
    this.cameAt.set(item.id, performance.now());
    this.onChange();
  }

  /**
   * An item that may be new; a repeat has no effect.
   * @param {T} item
   */
  receive(item) {
    const isNew = !this.items.has(item.id) && !this.gone.has(item.id);
    this.keep(item);
    if (isNew) this.onNew(item);
    this.onChange();
  }

  /** @param {string} id */
  drop(id) {
    this.gone.add(id);
    this.items.delete(id);
    this.onChange();
  }

  /**
   * The order of the list: newest first by default.
   * @param {T} one
   * @param {T} other
   * @returns {number}
   */
  compare(one, other) {
    return one.id < other.id ? 1 : -1;
  }

  all() {
    return [...this.items.values()].sort((one, other) => this.compare(one, other));
  }
}
