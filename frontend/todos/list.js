// The to-dos that this page knows: what the API gave page by page, and over it what is not saved yet.

import { listTodos } from "../core/api.js";
import { Paged } from "../core/paged.js";
import { inOrder } from "./order.js";
import { adds, changes } from "./sending.js";

const PAGE = 50;

const COMPLETED = { all: null, open: false, done: true };

export const isFilter = (name) => name in COMPLETED;

export class Todos extends Paged {
  constructor(given) {
    // What is read again has changed: past every cache on the way.
    const list = (page) => listTodos({ ...page, completed: COMPLETED[this.filter], fresh: this.items.size > 0 });
    super({ list, size: PAGE, ...given });
    this.filter = "all";
  }

  open(filter = this.filter) {
    this.filter = filter;
    return super.open();
  }

  compare(one, other) {
    return inOrder(one, other);
  }

  // What the list has already is not on its way any more, whether or not we have been told.
  keep(todo) {
    super.keep(todo);
    adds.drop(todo.clientId);
  }

  matches({ completed }) {
    return COMPLETED[this.filter] === null || COMPLETED[this.filter] === completed;
  }

  all() {
    return super.all().filter((todo) => this.matches(todo));
  }

  // By order, each as it is changed; those on their way to the list are below.
  rows() {
    /** @type {Map<string, any>} */
    const rows = new Map(this.all().map((todo) => [todo.id, { key: todo.id, todo }]));
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
