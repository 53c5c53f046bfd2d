// New to-dos and changes on their way: shown at once, kept in the tab until the API has them, and sent again when the
// network is back.

import { addTodo, changeTodo, getTodo, removeTodo } from "../core/api.js";
import { Problem } from "../core/http.js";
import * as live from "../live/live.js";
import { network } from "../core/network.js";
import { Outbox } from "../core/outbox.js";
import { onSession } from "../core/session.js";
import { makeSignal } from "../core/signals.js";
import { fieldsOf, isSame } from "./fields.js";

const saved = makeSignal();
const removed = makeSignal();
const stuck = makeSignal();
const lines = new Map();
const ADDS = "adds";
const AGAIN_AFTER = 5000;

let again = null;

export const adds = new Outbox("todo:");

// Unsaved changes by to-do id. `base` is the version that an edit began with.
export const changes = new Outbox("todo-change:");

export const onSaved = saved.listen;

export const onRemoved = removed.listen;

// Fires for a change that the person must decide about: the to-do was changed or deleted elsewhere.
export const onStuck = stuck.listen;

// Without a network or a sign-in it waits for one. Nothing announces a network that is back at once, hence the timer.
const fail = (outbox, key, { status, detail }) => {
  const waits = status === 0 || status === 401;
  outbox.mark(key, waits ? "waiting" : "failed", waits ? "" : detail);
  clearTimeout(again);
  if (status === 0) again = setTimeout(startSaving, AGAIN_AFTER);
};

const inLine = (line, work) => {
  const before = lines.get(line) ?? Promise.resolve();
  lines.set(line, before.then(work));
};

const sendAdd = async (clientId) => {
  const item = adds.get(clientId);
  if (item?.state !== "waiting") return;
  adds.mark(clientId, "sent");
  try {
    const todo = await addTodo({ body: { ...item.fields, title: item.text, clientId } });
    saved.tell({ todo, isNew: true });
    adds.drop(clientId);
  } catch (problem) {
    fail(adds, clientId, problem);
  }
};

// Files first: if one can't be deleted, the to-do stays.
const removeFiles = async (files) => {
  if (!files.length) return;
  try {
    const folder = await import("../files/s3.js");
    await folder.remove(files.map(({ key }) => key));
  } catch (problem) {
    const isLost = !problem.code || problem.code === "Unreachable";
    throw new Problem({ status: isLost ? 0 : 500, detail: `Its files were not deleted. ${problem.detail}` });
  }
};

// Changes made during the request still have to be sent, based on the new version.
const settle = (sent, todo) => {
  const { clientId: id, turn } = sent;
  const now = changes.get(id);
  if (now && now.turn !== turn && now.base) changes.set(id, { ...now, base: todo });
  saved.tell({ todo, fields: sent.fields, isEdit: Boolean(sent.base) });
  if (now?.turn === turn) changes.drop(id);
};

const settleRemoval = ({ clientId: id, todo, files }) => {
  removed.tell({ todo, files });
  changes.drop(id);
};

const hold = (id, problem) => {
  fail(changes, id, problem);
  stuck.tell(id);
};

const rebase = (id, base) => {
  changes.set(id, { ...changes.get(id), base, state: "waiting" });
  changeLater(id);
};

// Somebody saved another version first. If it didn't touch the edited fields, both changes can stand.
const reconsider = async (item) => {
  const id = item.clientId;
  try {
    const theirs = await getTodo({ id });
    saved.tell({ todo: theirs });
    if (!changes.get(id)) return null;
    if (isSame(fieldsOf(theirs), fieldsOf(item.base))) return rebase(id, theirs);
    changes.set(id, { ...changes.get(id), theirs });
    return hold(id, { status: 412, detail: "It was changed elsewhere meanwhile." });
  } catch (problem) {
    return onChangeFailed(item, problem);
  }
};

function onChangeFailed(item, problem) {
  const id = item.clientId;
  if (!changes.get(id)) return null;
  if (problem.status === 412) return reconsider(item);
  if (problem.status !== 404) return fail(changes, id, problem);
  if (item.kind === "remove") return settleRemoval(item);
  return hold(id, { status: 404, detail: "It was deleted elsewhere meanwhile." });
}

const transmit = async ({ clientId: id, kind, fields, base, files }) => {
  if (kind !== "remove") return changeTodo({ id, body: fields, ifMatch: base?.version });
  await removeFiles(files);
  return removeTodo({ id });
};

const sendChange = async (id) => {
  const item = changes.get(id);
  if (item?.state !== "waiting") return;
  changes.mark(id, "sent");
  try {
    const todo = await transmit(item);
    if (todo) settle(item, todo);
    else settleRemoval(item);
  } catch (problem) {
    await onChangeFailed(item, problem);
  }
};

const addLater = ({ clientId }) => inLine(ADDS, () => sendAdd(clientId));

function changeLater(id) {
  inLine(id, () => sendChange(id));
}

// `fields` are those besides the title.
export const add = (title, fields = {}) => addLater(adds.get(adds.add(title, { fields })));

const put = (todo, given) => {
  const turn = crypto.randomUUID();
  changes.set(todo.id, { clientId: todo.id, todo, turn, state: "waiting", message: "", ...given });
  changeLater(todo.id);
};

// With a `base` it is refused if somebody else saved another version.
export const change = (todo, fields, base = null) => {
  const before = changes.get(todo.id);
  put(todo, { kind: "change", fields: { ...before?.fields, ...fields }, base: before?.base ?? base });
};

// Replaces any earlier unsaved change.
export const changeInstead = (todo, fields, base) => put(todo, { kind: "change", fields, base });

// `files` are deleted with it.
export const remove = (todo, files = []) => put(todo, { kind: "remove", files });

export const discard = (id) => changes.drop(id);

export const retry = (id) => {
  changes.mark(id, "waiting");
  changeLater(id);
};

export const retryAdd = (clientId) => {
  adds.mark(clientId, "waiting");
  addLater(adds.get(clientId));
};

export const discardAdd = (clientId) => adds.drop(clientId);

// Forgets unsaved changes to cleared to-dos.
export const forget = (isMeant) =>
  changes.all().filter(({ todo }) => isMeant(todo)).forEach(({ clientId }) => changes.drop(clientId));

export function startSaving() {
  adds.all("waiting").forEach(addLater);
  changes.all("waiting").forEach(({ clientId }) => changeLater(clientId));
}

live.onState((state) => state === "open" && startSaving());
network.listen((state) => state === "online" && startSaving());
onSession(startSaving);
