// Changes to the folder other than uploads: making a folder, renaming, deleting.

import { confirmDelete, dialogActions, openDialog } from "../core/dialog.js";
import { field, formMessage, onSubmit, setMessage, showErrors } from "../core/forms.js";
import { html } from "../core/html.js";
import { toast } from "../core/toast.js";
import { clean, faultOf, nameOf, parentOf } from "./names.js";
import { free, loadQuota } from "./quota.js";
import * as s3 from "./s3.js";
import { counted, sizeText } from "../core/sizes.js";
import { each } from "./waiting.js";

const AT_ONCE = 4;

const body = ({ label, value, action }) => html`
  <form id="name-form">
    ${field({ form: "name-form", name: "name", label, value, autocomplete: "off", spellcheck: "false" })}
    ${formMessage}
    ${dialogActions(action)}
  </form>
`;

export const isThere = async (prefix, name) => {
  if (await s3.find(prefix + name)) return true;
  const { files } = await s3.list(`${prefix}${name}/`, { delimiter: "", most: 1 });
  return files.length > 0;
};

// A dialog for a name; calls `work` once the name is valid and not taken. `work` may report its progress.
/** @param {any} given */
const askName = async ({ title, prefix, work, signal, ...rest }) => {
  let isBusy = false;
  const mayClose = async () => !isBusy;
  const { dialog, close, closed } = openDialog({ title, body: body(rest), kind: "small", mayClose, signal });
  const form = dialog.querySelector("form");
  const { name: input } = form.elements;
  input.focus();
  input.setSelectionRange(0, rest.value.lastIndexOf(".") > 0 ? rest.value.lastIndexOf(".") : rest.value.length);
  onSubmit(form, async (given) => {
    const name = clean(given.name);
    const fault = faultOf(name, prefix);
    if (fault) return showErrors(form, { name: fault });
    if (name === rest.value) return close();
    isBusy = true;
    try {
      if (await isThere(prefix, name)) return showErrors(form, { name: "This name is already taken." });
      await work(name, (text) => setMessage(form, text, "note"));
      return close(name);
    } catch (problem) {
      return setMessage(form, problem.detail);
    } finally {
      isBusy = false;
    }
  });
  return closed;
};

export const makeFolder = ({ prefix, signal }) =>
  askName({
    title: "New folder", label: "Name", value: "", action: "Make folder", prefix, signal,
    work: (name) => s3.put(`${prefix}${name}/`, new Uint8Array(), { type: "application/x-directory", isNew: true }),
  });

// The copy must fit beside the original: if it didn't, it would be removed, and the file would be lost.
const checkRoom = async (size) => {
  await loadQuota();
  if (size <= free()) return;
  const text = `This needs room for a copy (${sizeText(size)}), with ${sizeText(free())} left.`;
  throw Object.assign(new Error(text), { detail: text });
};

const move = async (from, to) => {
  await s3.copy(from, to);
  await s3.remove([from]);
};

const sizeOf = (files) => files.reduce((sum, { size }) => sum + size, 0);

// File by file, so that an interruption loses none.
const moveFolder = async (from, to, tell) => {
  const files = await s3.listAll(from);
  await checkRoom(sizeOf(files));
  let done = 0;
  await each(files, AT_ONCE, async ({ key }) => {
    await move(key, to + key.slice(from.length));
    done += 1;
    tell(`${done} of ${counted(files.length, "file")} done…`);
  });
};

// To another key, whatever the row is.
export const moveTo = async ({ key, size, isFolder }, to, tell = (_text) => {}) => {
  if (isFolder) return moveFolder(key, to, tell);
  await checkRoom(size);
  return move(key, to);
};

export const rename = ({ key, name, isFolder, size, signal }) => {
  const prefix = parentOf(key);
  return askName({
    title: isFolder ? "Rename this folder" : "Rename this file",
    label: "New name", value: name, action: "Rename", prefix, signal,
    work: (given, tell) => moveTo({ key, size, isFolder }, `${prefix}${given}${isFolder ? "/" : ""}`, tell),
  });
};

const ofFolder = async ({ key, name }) => {
  const files = await s3.listAll(key);
  const inside = files.filter((file) => file.key !== key);
  const text = inside.length
    ? `“${name}” and the ${counted(inside.length, "file")} in it (${sizeText(sizeOf(inside))}) will be gone.`
    : `“${name}” is empty.`;
  return { title: "Delete this folder?", text, keys: files.map((file) => file.key) };
};

const ofFile = async ({ key, name, size }) =>
  ({ title: "Delete this file?", text: `“${name}” (${sizeText(size)}) will be gone.`, keys: [key] });

const ofSeveral = async (rows) => {
  const all = await Promise.all(rows.map((row) => (row.isFolder ? s3.listAll(row.key) : [row])));
  const files = all.flat();
  const text = `${counted(rows.length, "item")} with ${sizeText(sizeOf(files))} altogether will be gone.`;
  return { title: "Delete all of them?", text, keys: files.map(({ key }) => key) };
};

const ofRows = (rows) => {
  if (rows.length > 1) return ofSeveral(rows);
  return rows[0].isFolder ? ofFolder(rows[0]) : ofFile(rows[0]);
};

// Resolves to whether they were deleted; calls `onAgreed` once the person has confirmed.
export const remove = async (rows, { onAgreed }) => {
  try {
    const { title, text, keys } = await ofRows(rows);
    if (!(await confirmDelete(title, text))) return false;
    onAgreed();
    await s3.remove(keys);
    loadQuota().catch(() => null);
    return true;
  } catch (problem) {
    const what = rows.length > 1 ? "Not all was deleted." : `“${nameOf(rows[0].key)}” was not deleted.`;
    toast(`${what} ${problem.detail}`, { failure: true });
    return false;
  }
};
