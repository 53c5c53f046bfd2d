// The to-dos that this page knows: what the API gave page by page, and over it what is not saved yet.

import { listTodos } from "../core/api.js";
import { inOrder } from "./order.js";
import { adds, changes } from "./sending.js";

const PAGE = 50;

const COMPLETED = { all: null, open: false, done: true };

export const isFilter = (name) => name in COMPLETED;

export class Todos {
  constructor({ onChange, signal }) {
    this.onChange = onChange;
    this.signal = signal;
    this.known = new Map();
    this.touchedAt = new Map();
    this.turn = Promise.resolve();
    this.reading = new AbortController();
    this.begin("all");
  }

  begin(filter) {
    this.filter = filter;
    this.pages = 1;
    this.next = null;
    this.state = "loading";
    this.problem = null;
  }

  // What is known already stays in sight until the rest is here.
  open(filter = this.filter) {
    this.begin(filter);
    this.reading.abort();
    this.reading = new AbortController();
    this.onChange();
    return this.inTurn((signal) => this.readAgain(signal));
  }

  more() {
    if (this.state !== "ready" || !this.next) return this.turn;
    this.state = "more";
    this.onChange();
    return this.inTurn((signal) => this.readOn(signal));
  }

  retry() {
    if (!this.known.size || !this.next) return this.open();
    this.state = "ready";
    return this.more();
  }

  // Quietly: what is shown is still good when it fails.
  reload() {
    if (this.state === "failed" && !this.known.size) return this.open();
    return this.inTurn(async (signal) => {
      try {
        await this.readAgain(signal);
      } catch (problem) {
        if (this.state === "loading") throw problem;
      }
    });
  }

  // One reading after the other.
  inTurn(work) {
    const signal = AbortSignal.any([this.signal, this.reading.signal]);
    this.turn = this.turn.then(async () => {
      if (signal.aborted) return;
      try {
        await work(signal);
        this.settle("ready", null);
      } catch (problem) {
        if (!signal.aborted) this.settle("failed", problem);
      }
    });
    return this.turn;
  }

  settle(state, problem) {
    this.state = state;
    this.problem = problem;
    this.onChange();
  }

  async page(after, signal) {
    // What is read again has changed: past every cache on the way.
    const fresh = this.known.size > 0;
    const page = await listTodos({ limit: PAGE, after, completed: COMPLETED[this.filter], signal, fresh });
    signal.throwIfAborted();
    return page;
  }

  async readOn(signal) {
    const page = await this.page(this.next, signal);
    page.items.forEach((todo) => this.keep(todo));
    this.pages += 1;
    this.next = page.next;
  }

  // From the top, as far as was read before.
  async readAgain(signal) {
    const begunAt = performance.now();
    const found = [];
    let next = null;
    let count = 0;
    do {
      const page = await this.page(next, signal);
      found.push(...page.items);
      next = page.next;
      count += 1;
    } while (next && count < this.pages);
    this.next = next;
    this.pages = count;
    this.forget(found, begunAt);
    found.forEach((todo) => this.keep(todo));
  }

  // What is missing where it should be is gone, unless it came while that was being read.
  forget(found, begunAt) {
    const there = new Set(found.map(({ id }) => id));
    const isBeyond = (todo) => this.next && inOrder(todo, found.at(-1)) > 0;
    for (const todo of this.matching()) {
      const isNew = this.touchedAt.get(todo.id) > begunAt;
      if (!there.has(todo.id) && !isNew && !isBeyond(todo)) this.known.delete(todo.id);
    }
  }

  // An answer that was under way for long may be older than what is known. What the list has already is not on its
  // way any more, whether or not we have been told.
  keep(todo) {
    const known = this.known.get(todo.id);
    if (!known || known.version <= todo.version) this.known.set(todo.id, todo);
    adds.drop(todo.clientId);
  }

  put(todo) {
    this.keep(todo);
    this.touchedAt.set(todo.id, performance.now());
    this.onChange();
  }

  drop(id) {
    this.known.delete(id);
    this.onChange();
  }

  matches({ completed }) {
    return COMPLETED[this.filter] === null || COMPLETED[this.filter] === completed;
  }

  matching() {
    return [...this.known.values()].filter((todo) => this.matches(todo));
  }

  // By order, each as it is changed; those on their way to the list are below.
  rows() {
    const rows = new Map(this.matching().map((todo) => [todo.id, { key: todo.id, todo }]));
    for (const change of changes.all()) {
      const todo = rows.get(change.clientId)?.todo ?? change.todo;
      if (!this.matches(todo)) continue;
      rows.set(todo.id, { key: todo.id, todo: { ...todo, ...change.fields }, change });
    }
    const waiting = this.filter === "done" ? [] : adds.all();
    const added = waiting.map((item) => ({ key: item.clientId, item }));
    return [...[...rows.values()].sort((one, other) => inOrder(one.todo, other.todo)), ...added];
  }
}
