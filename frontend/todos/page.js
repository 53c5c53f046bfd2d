// The person's to-dos: add, order, tick off, edit, clear; the same in every open tab.

import { clearTodos } from "../core/api.js";
import { resolveConflict } from "../core/conflict.js";
import { confirm, isDialogOpen } from "../core/dialog.js";
import { dropDraft, keepForm } from "../core/drafts.js";
import { skeleton, startEnd } from "../core/end.js";
import { html, render } from "../core/html.js";
import { Keyed } from "../core/keyed.js";
import { follow } from "../live/follow.js";
import * as live from "../live/live.js";
import { startSign } from "../live/sign.js";
import { setQuery } from "../core/router.js";
import { counted } from "../core/sizes.js";
import { toast } from "../core/toast.js";
import { startDays, today } from "./due.js";
import { draftOfEdit, openEditor } from "./editor.js";
import { besides, changedIn, FIELDS, fieldsOf, parsedTitle, titleProblem } from "./fields.js";
import { isFilter, Todos } from "./list.js";
import { Moving } from "./moving.js";
import { placed } from "./order.js";
import { askRemoval } from "./removal.js";
import { draw, look, MOVE_HINT } from "./rows.js";
import * as sending from "./sending.js";

const DRAFT = "todo-new";
const FILTERS = [["all", "All"], ["today", "Today"], ["upcoming", "Upcoming"], ["open", "Open"], ["done", "Done"]];

const NOTHING = {
  all: ["Nothing to do yet", "Write the first thing down: Enter adds it, and you can go on writing.", {
    area: "todos", step: "Write the first one", at: "#new-todo-title",
  }],
  today: ["Nothing due today", "What is due today or overdue is shown here.", { area: "todos" }],
  upcoming: ["Nothing coming up", "What is due after today is shown here, day by day.", { area: "todos" }],
  open: ["Nothing left to do", "All that was on the list is done.", { area: "todos" }],
  done: ["Nothing done yet", "What you tick off is kept here until you clear it.", { area: "todos" }],
};

const UNITS = { all: "to-do", today: "open to-do", upcoming: "open to-do", open: "open to-do", done: "done to-do" };

const CHANGED = {
  title: "This to-do was changed meanwhile",
  text: "Another version was saved in another tab or on another device while you were editing.",
  other: "Saved",
  fields: FIELDS,
};

const CLEARINGS = {
  all: {
    title: "Clear the whole list?",
    text: "Every to-do will be deleted, including open ones. Attached files stay in your folder.",
    action: "Clear all",
  },
  done: {
    title: "Clear done to-dos?",
    text: "Every to-do that is ticked off will be deleted. Attached files stay in your folder.",
    action: "Clear done",
  },
};

const page = (filter) => html`
  <div class="todos">
    <div class="page-head">
      <h1 tabindex="-1">To-dos</h1>
      <div class="page-actions">
        <button type="button" class="button quiet small" data-clear="done">Clear done</button>
        <button type="button" class="button quiet small" data-clear="all">Clear all</button>
      </div>
    </div>
    <p class="live-sign" id="live-sign" role="status"></p>
    <form class="todo-new" id="new-todo" autocomplete="off">
      <label class="unseen" for="new-todo-title">New to-do</label>
      <input id="new-todo-title" name="title" placeholder="What needs doing?" enterkeyhint="done"
        aria-describedby="new-todo-error">
      <button type="submit" class="button">Add</button>
      <p class="error" id="new-todo-error" role="alert"></p>
    </form>
    <div class="todo-bar">
      <fieldset class="segments" id="filter">
        <legend class="unseen">Show</legend>
        ${FILTERS.map(([name, text]) => html`
          <label><input type="radio" name="filter" value="${name}"${name === filter && html` checked`}>
            <span>${text}</span></label>
        `)}
      </fieldset>
      <p class="muted number" id="count" role="status"></p>
    </div>
    <p class="unseen" id="news" role="status"></p>
    <p class="unseen" id="moves" aria-live="assertive"></p>
    <p class="unseen" id="${MOVE_HINT}">Press to pick it up and move it with the arrow keys, or press Alt with an
      arrow key at any time.</p>
    <ol class="todo-list" id="todos" aria-label="To-dos"></ol>
    ${skeleton("todo-skeleton", 5, 2)}
    <div class="end" id="end"></div>
  </div>
`;

class TodoPage {
  constructor({ main, query, signal }) {
    this.main = main;
    this.signal = signal;
    this.filter = isFilter(query.get("show")) ? query.get("show") : "all";
    this.todos = new Todos({ onChange: () => this.show(), signal });
  }

  start() {
    render(this.main, page(this.filter));
    this.list = this.find("#todos");
    this.rows = new Keyed({ list: this.list, draw, look });
    this.moving = new Moving({
      list: this.list,
      onMove: (key, before) => this.move(key, before),
      onEnd: () => this.show(),
      say: (text) => (this.find("#moves").textContent = text),
      signal: this.signal,
    });
    this.showEnd = startEnd({ list: this.todos, main: this.main, words: this.words(), signal: this.signal });
    this.startWriting();
    this.startEvents();
    this.todos.open(this.filter);
    this.takeUpDraft();
  }

  words() {
    return {
      failed: "The to-dos could not be loaded",
      loading: "Loading to-dos…",
      counted: (count) => counted(count, UNITS[this.filter]),
      nothing: () => NOTHING[this.filter],
    };
  }

  find(selector) {
    return this.main.querySelector(selector);
  }

  startEvents() {
    const { signal, todos } = this;
    this.list.addEventListener("click", ({ target }) => this.act(target));
    this.list.addEventListener("change", ({ target }) => this.tick(this.rowOf(target).todo));
    this.find(".page-actions").addEventListener("click", ({ target }) => this.clear(target.dataset.clear));
    this.find("#filter").addEventListener("change", ({ target }) => this.choose(target.value));
    sending.adds.changed.listen(() => this.show(), signal);
    sending.changes.changed.listen(() => this.show(), signal);
    sending.onSaved((given) => this.onSaved(given), signal);
    sending.onRemoved((given) => this.onRemoved(given), signal);
    sending.onStuck((id) => this.resolve(id), signal);
    startDays(() => this.show(), signal);
    startSign(this.find("#live-sign"), signal);
    const reload = follow(() => todos.catchUp(), signal);
    live.on("todos", () => reload(), signal);
  }

  startWriting() {
    const form = this.find("#new-todo");
    const input = form.elements.title;
    const complain = (text) => {
      this.find("#new-todo-error").textContent = text;
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    };
    keepForm(form, DRAFT, this.signal);
    input.addEventListener("input", () => complain(""));
    // Not on leaving the box: what is below would move from under the pointer.
    this.main.addEventListener("click", ({ target }) => form.contains(target) || complain(""), { signal: this.signal });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const title = parsedTitle(input.value);
      const problem = title ? titleProblem(title) : "Write something first.";
      complain(problem ?? "");
      if (!problem) this.add(title);
      input.focus();
    });
  }

  add(title) {
    this.find("#new-todo-title").value = "";
    dropDraft(DRAFT);
    if (this.filter === "done" || this.filter === "upcoming") this.choose("all");
    // What is written down under "Today" is for today.
    sending.add(title, this.filter === "today" ? { due: today() } : {});
  }

  choose(filter) {
    this.filter = filter;
    this.find(`#filter [value="${filter}"]`).checked = true;
    setQuery({ show: filter === "all" ? "" : filter });
    this.todos.open(filter);
  }

  // While a row is being moved, the others stay put.
  show() {
    if (this.signal.aborted || this.moving.isActive) return;
    const rows = this.todos.rows();
    this.rows.show(rows);
    this.list.hidden = rows.length === 0;
    this.showEnd(rows.length);
  }

  say(text) {
    this.find("#news").textContent = text;
  }

  /** @returns {any} */
  rowOf(target) {
    const { key } = target.closest("li").dataset;
    return this.todos.rows().find((row) => row.key === key);
  }

  act(target) {
    const button = target.closest("[data-act]");
    if (!button || button.getAttribute("aria-disabled")) return;
    const row = this.rowOf(button);
    const actions = {
      edit: () => this.edit(row),
      remove: () => this.remove(row),
      retry: () => this.retry(row),
      discard: () => sending.discard(row.key),
      "retry-add": () => sending.retryAdd(row.key),
      "discard-add": () => sending.discardAdd(row.key),
    };
    actions[button.dataset.act]?.();
  }

  known(id) {
    return this.todos.items.get(id);
  }

  tick(todo) {
    sending.change(this.known(todo.id) ?? todo, { completed: !todo.completed });
  }

  // Opens the editor with unsaved text, if any, and the version that the edit began with.
  async edit({ key, todo, change }, { fields = todo, note = "" } = {}) {
    const base = change?.base ?? this.known(key) ?? todo;
    const saved = await openEditor({ todo: base, fields, note, signal: this.signal });
    if (!saved) return;
    const before = sending.changes.get(base.id);
    this.replace(base, { ...besides(before?.fields), ...changedIn(saved, base) });
  }

  takeUpDraft() {
    const draft = draftOfEdit();
    if (!draft) return;
    const note = "What you typed before was kept. Save it to finish.";
    this.edit({ key: draft.todo.id, todo: draft.todo, change: { base: draft.todo } }, { fields: draft.fields, note });
  }

  async remove({ todo }) {
    const answer = await askRemoval(todo);
    if (answer) sending.remove(todo, answer.files);
  }

  retry({ key, change }) {
    if (change.theirs) this.resolve(key);
    else sending.retry(key);
  }

  async move(key, before) {
    const listed = () => this.todos.rows().filter(({ todo }) => todo).map(({ todo }) => todo);
    // What comes after the last row may not be loaded yet.
    if (this.todos.next && before === listed().filter(({ id }) => id !== key).at(-1)?.id) await this.todos.more();
    const others = listed().filter(({ id }) => id !== key);
    const moved = this.known(key);
    const index = before ? others.findIndex(({ id }) => id === before) + 1 : 0;
    // Either may be gone by now.
    if (!moved || (before && !index)) return;
    for (const { todo, order } of placed(others, moved, index)) {
      sending.change(this.known(todo.id) ?? todo, { order });
    }
  }

  onSaved({ todo, fields = {}, isNew, isEdit }) {
    this.todos.put(todo);
    if (isNew) this.say(`Added “${todo.title}”.`);
    if (isEdit) toast(`Saved “${todo.title}”.`);
    if ("completed" in fields) this.onTicked(todo);
  }

  // If this takes it off the list, offer to undo.
  onTicked(todo) {
    const text = `“${todo.title}” is ${todo.completed ? "done" : "open again"}.`;
    const undo = { text: "Undo", run: () => sending.change(todo, { completed: !todo.completed }) };
    if (this.todos.matches(todo)) this.say(text);
    else toast(text, { action: undo });
  }

  onRemoved({ todo, files }) {
    this.todos.drop(todo.id);
    const { title, completed, order, ...rest } = { ...fieldsOf(todo), completed: todo.completed, order: todo.order };
    const undo = { text: "Undo", run: () => sending.add(title, { ...rest, completed, order }) };
    toast(`Deleted “${title}”.`, { action: files.length ? null : undo });
  }

  // If the person must decide, and no other dialog is open.
  async resolve(id) {
    const change = sending.changes.get(id);
    if (!change || isDialogOpen() || this.signal.aborted) return;
    if (change.theirs) await this.compare(id, change);
    else await this.offerAgain(id, change);
  }

  async compare(id, { base, theirs, fields }) {
    const mine = { ...fieldsOf(base), ...fields };
    const versions = { base: fieldsOf(base), mine, theirs: fieldsOf(theirs) };
    const chosen = await resolveConflict({ ...CHANGED, versions, signal: this.signal });
    if (!chosen) return;
    this.replace(theirs, { ...besides(fields), ...changedIn(chosen, theirs) });
  }

  // An earlier unsaved change is part of the fields, or discarded.
  replace(base, fields) {
    if (Object.keys(fields).length) sending.changeInstead(base, fields, base);
    else sending.discard(base.id);
  }

  async offerAgain(id, { todo, fields, base }) {
    const again = base && (await confirm({
      title: "It was deleted meanwhile",
      text: `“${todo.title}” was deleted elsewhere while you were editing. You can add it again with what you typed.`,
      action: "Add it again",
      cancel: "Let it go",
    }));
    sending.discard(id);
    this.todos.drop(id);
    const { title, ...rest } = { ...fieldsOf(todo), completed: todo.completed, ...fields };
    if (again) sending.add(title, rest);
    else if (!base) toast(`“${title}” was deleted elsewhere meanwhile.`);
  }

  async clear(which) {
    if (!which || !(await confirm({ ...CLEARINGS[which], danger: true }))) return;
    const button = this.find(`[data-clear="${which}"]`);
    if (button.getAttribute("aria-disabled") === "true") return;
    const isMeant = (todo) => which === "all" || todo.completed;
    this.wait(button, true);
    try {
      await clearTodos({ completed: which === "done" ? true : null });
      sending.forget(isMeant);
      [...this.todos.items.values()].filter(isMeant).forEach(({ id }) => this.todos.drop(id));
      this.say("Cleared.");
    } catch (problem) {
      toast(`The list was not cleared. ${problem.detail}`, { failure: true });
    }
    this.wait(button, false);
    this.todos.catchUp();
  }

  wait(button, isWaiting) {
    button.setAttribute("aria-disabled", String(isWaiting));
    button.classList.toggle("waiting", isWaiting);
    this.find("#todos").classList.toggle("stale", isWaiting);
  }
}

export const show = (given) => new TodoPage(given).start();
