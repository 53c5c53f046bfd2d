// What is due and overdue, to be ticked off right there.

import { html } from "../core/html.js";
import { dueName } from "./due.js";
import * as live from "../live/live.js";
import { change, changes, onSaved } from "./sending.js";

const MOST = 8;

const row = (todo) => {
  const pending = changes.get(todo.id);
  const isDone = pending?.fields?.completed ?? todo.completed;
  return html`
    <li class="today-todo ${isDone && "done"}">
      <label class="tick"><input type="checkbox" data-act="tick-${todo.id}" data-tick="${todo.id}"
        aria-label="Done: ${todo.title}" ${isDone && "checked"}></label>
      <span class="today-what">${todo.title}</span>
      ${todo.isLate && html`<span class="todo-due overdue">Overdue: <time datetime="${todo.due}">${dueName(todo.due)}</time></span>`}
      ${pending?.state === "failed" && html`<p class="row-note" role="alert">Not saved. ${pending.message}</p>`}
    </li>
  `;
};

const all = ({ overdue, due }) => [...overdue.map((todo) => ({ ...todo, isLate: true })), ...due];

const more = (count) => count > 0 && html`<p class="muted"><a href="#/todos">${count} more</a></p>`;

const replaced = (list, todo) => list.map((one) => (one.id === todo.id ? { ...one, ...todo } : one));

export const part = {
  name: "todos",
  area: "todos",
  place: 10,
  waits: true,
  title: "To do",
  all: ["#/todos", "All to-dos"],
  step: { id: "todo", area: "todos", to: "#/todos", title: "Write down a to-do", text: "with a day, it comes back here" },

  draw(told) {
    const todos = told ? all(told) : [];
    if (todos.length === 0) return null;
    return html`<ul class="today-list">${todos.slice(0, MOST).map(row)}</ul>${more(todos.length - MOST)}`;
  },

  live({ read, change: alter, redraw, signal }) {
    live.on("todos", () => read(), signal);
    changes.changed.listen(redraw, signal);
    onSaved(({ todo }) => {
      alter("todos", ({ overdue, due }) => ({ overdue: replaced(overdue, todo), due: replaced(due, todo) }));
    }, signal);
  },

  act(target, told) {
    const { tick } = target.dataset;
    const todo = tick && all(told).find(({ id }) => id === tick);
    if (todo) change(todo, { completed: target.checked });
  },
};
