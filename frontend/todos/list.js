// The to-dos on this page: pages from the API, overlaid with unsaved changes.

import { listTodos } from "../core/api.js";
import { Paged } from "../core/paged.js";
import { today } from "./due.js";
import { inOrder } from "./order.js";
import { adds, changes } from "./sending.js";

const PAGE = 50;

const COMPLETED = { all: null, today: false, upcoming: false, open: false, done: true };

// Those with a day are picked here, out of all that are open.
const BY_DAY = {
  today: ({ due }) => Boolean(due) && due <= today(),
  upcoming: ({ due }) => Boolean(due) && due > today(),
};

const byDay = (one, other) => (one.due < other.due ? -1 : Number(one.due > other.due)) || inOrder(one, other);

export const isFilter = (name) => name in COMPLETED;

export class Todos extends Paged {
  constructor(given) {
    // A second read is made because something changed: bypass all caches.
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

  // A to-do in the list is no longer on its way, even if its answer was lost.
  keep(todo) {
    super.keep(todo);
    adds.drop(todo.clientId);
  }

  matches(todo) {
    const isMeant = COMPLETED[this.filter] === null || COMPLETED[this.filter] === todo.completed;
    return isMeant && (BY_DAY[this.filter]?.(todo) ?? true);
  }

  // What is coming is shown by day, and can't be moved.
  get isByDay() {
    return this.filter === "upcoming";
  }

  all() {
    return super.all().filter((todo) => this.matches(todo));
  }

  // By order, with unsaved changes applied; to-dos not added yet come last.
  rows() {
    /** @type {Map<string, any>} */
    const rows = new Map(this.all().map((todo) => [todo.id, { key: todo.id, todo }]));
    for (const change of changes.all()) {
      const todo = rows.get(change.clientId)?.todo ?? change.todo;
      if (!this.matches(todo)) continue;
      rows.set(todo.id, { key: todo.id, todo: { ...todo, ...change.fields }, change });
    }
    const waiting = adds.all().filter(({ fields }) => this.matches({ due: null, completed: false, ...fields }));
    const added = waiting.map((item) => ({ key: item.clientId, item }));
    const order = this.isByDay ? byDay : inOrder;
    const listed = [...rows.values()].sort((one, other) => order(one.todo, other.todo));
    return [...listed.map((row) => ({ ...row, isFixed: this.isByDay })), ...added];
  }
}
