// A to-do's row: on the list with unsaved changes applied, or not added yet.

import { counted } from "../core/sizes.js";
import { element, html } from "../core/html.js";
import { icon } from "../core/icons.js";
import { network } from "../core/network.js";
import { FAILED, PENDING, WAITS } from "../core/states.js";
import { dueName, isOverdue, today } from "./due.js";

export const MOVE_HINT = "todo-move-hint";

const due = (todo) => {
  if (!todo.due) return "";
  const overdue = isOverdue(todo);
  return html`<span class="todo-due ${overdue && "overdue"}">${overdue ? html`${icon("warning")} Overdue: ` : "Due "}<time
    datetime="${todo.due}">${dueName(todo.due)}</time></span>`;
};

const PRIORITY = { high: "High priority", low: "Low priority" };

const priority = (todo) =>
  PRIORITY[todo.priority] && html`<span class="tag ${todo.priority}">${PRIORITY[todo.priority]}</span>`;

const filesOf = ({ files }) =>
  files.length > 0 && html`<span class="todo-files">${icon("clip")} ${counted(files.length, "file")}</span>`;

const notes = (todo) => todo.notes && html`<span class="todo-notes">${todo.notes.split("\n")[0]}</span>`;

const facts = (todo) => {
  const parts = [due(todo), priority(todo), filesOf(todo), notes(todo)].filter(Boolean);
  return parts.length > 0 && html`<p class="todo-facts">${parts}</p>`;
};

const act = (name, text, title, kind = "quiet") => html`
  <button type="button" class="button ${kind} small" data-act="${name}" aria-label="${text} ${title}">${text}</button>
`;

const acts = (...given) => html`<p class="todo-acts">${given}</p>`;

const isStale = ({ theirs }) => Boolean(theirs);

const afterFailure = (todo, change) => html`
  <p class="row-note" role="alert">${FAILED[change.kind]} ${change.message}</p>
  ${acts(
    act("retry", isStale(change) ? "Compare" : "Retry", todo.title, ""),
    act("discard", "Discard", `the change to ${todo.title}`),
  )}
`;

const progress = (todo, change) => {
  if (change?.state === "failed") return afterFailure(todo, change);
  if (change?.state === "waiting") return html`<p class="todo-state">${WAITS}</p>`;
  return change?.kind === "remove" && html`<p class="todo-state">${PENDING.remove}</p>`;
};

const moveButtons = ({ title }) => html`
  <span class="todo-moves">
    <button type="button" class="button quiet small" data-step="-1" aria-label="Up ${title}">Up</button>
    <button type="button" class="button quiet small" data-step="1" aria-label="Down ${title}">Down</button>
  </span>
`;

const stateOf = (change) => {
  if (!change) return "";
  return change.state === "failed" ? "failed" : `pending ${change.kind} ${change.state}`;
};

const handle = ({ title }, off) => html`
  <button type="button" class="icon-button handle" data-act="move" aria-label="Move ${title}"
    aria-describedby="${MOVE_HINT}" aria-pressed="false"${off}>${icon("grip")}</button>
`;

const listed = ({ todo, change, isFixed }) => {
  const isGoing = change?.kind === "remove" && change.state !== "failed";
  const off = isGoing && html` aria-disabled="true"`;
  return element(html`
    <li class="todo ${todo.completed && "completed"} ${stateOf(change)}" tabindex="-1">
      ${isFixed ? html`<span class="handle"></span>` : handle(todo, off)}
      <label class="tick"><input type="checkbox" data-act="tick" aria-label="${todo.title}"${
        todo.completed && html` checked`}${isGoing && html` disabled`}></label>
      <div class="todo-body">
        <button type="button" class="todo-title" data-act="edit" aria-label="Edit ${todo.title}"${off}
          >${todo.title}</button>
        ${facts(todo)}
        ${moveButtons(todo)}
        ${progress(todo, change)}
      </div>
      <button type="button" class="icon-button remove" data-act="remove" aria-label="Delete ${todo.title}"${off}
        >${icon("bin")}</button>
    </li>
  `);
};

const addFailure = ({ text, message }) => html`
  <p class="row-note" role="alert">${FAILED.add} ${message}</p>
  ${acts(act("retry-add", "Retry", text, ""), act("discard-add", "Discard", text))}
`;

const addProgress = ({ state, text }) => (state === "waiting"
  ? html`<p class="todo-state">${WAITS}</p>${acts(act("discard-add", "Discard", text))}`
  : html`<p class="todo-state">${PENDING.add}</p>`);

const unsent = ({ item }) => element(html`
  <li class="todo unsent ${item.state === "failed" ? "failed" : `pending ${item.state}`}" tabindex="-1">
    <div class="todo-body">
      <p class="todo-title">${item.text}</p>
      ${item.state === "failed" ? addFailure(item) : addProgress(item)}
    </div>
  </li>
`);

// A try without a network still shows as waiting, so that its buttons don't move.
const waits = (given) => given?.state === "sent" && network.state() !== "online";

const seen = (given) => (waits(given) ? { ...given, state: "waiting" } : given);

/** @param {any} row */
const asSeen = ({ change, item, ...row }) => ({ ...row, change: seen(change), item: seen(item) });

const drawn = (row) => (row.todo ? listed(row) : unsent(row));

export const draw = (row) => drawn(asSeen(row));

const ofChange = (change) => change && [change.kind, change.state, change.message, isStale(change)];

// A due date looks different on another day.
export const look = (row) => {
  const { todo, change, item, isFixed } = asSeen(row);
  const { title, completed, priority: level, notes: text, files, due: day } = todo ?? {};
  return JSON.stringify([title, completed, level, text, files?.length, day, day && today(), ofChange(change), item, isFixed]);
};
