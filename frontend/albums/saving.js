// Saves a change: shown as pending at once, settled by the answer, and kept for another try if it fails.

import { addAlbum, changeAlbum, getAlbum, listAlbums, removeAlbum } from "../core/api.js";
import { resolveConflict } from "../core/conflict.js";
import { confirm, isDialogOpen } from "../core/dialog.js";
import { fieldErrors } from "../core/forms.js";
import { me } from "../core/me.js";
import { toast } from "../core/toast.js";
import { FIELDS, fieldsOf, isSame } from "./fields.js";
import { forget, keep } from "./kept.js";

const DONE = { add: "Added", edit: "Saved", remove: "Deleted" };

const CHANGED = {
  title: "This album was changed meanwhile",
  text: "Somebody saved another version while you were editing.",
  other: "Theirs",
  fields: FIELDS,
};

const titleOf = (change) => (change.fields ?? change.base).title;

const send = ({ kind, base, fields }) => {
  if (kind === "add") return addAlbum({ body: fields });
  if (kind === "edit") return changeAlbum({ id: base.id, ifMatch: base.version, body: fields });
  return removeAlbum({ id: base.id, ifMatch: base.version });
};

// Which field a conflict is about, where the answer doesn't point at one.
const takenField = (problem) => (/\brank\b/i.test(problem.detail) ? "rank" : "title");

const errorsOf = (problem) => {
  if (problem.errors.length) return fieldErrors(problem);
  return problem.status === 409 ? { [takenField(problem)]: problem.detail } : { "": problem.detail };
};

// Without an answer we can't know whether the change has arrived.
const isUnsure = ({ status }) => status === 0 || status >= 500;

// The album that an earlier try added, if only its answer was lost.
const arrived = async ({ fields }) => {
  const { items } = await listAlbums({ q: fields.title, genre: fields.genre, year: fields.year });
  return items.find((album) => isSame(album, fields) && album.addedBy === me().id);
};

export class Saving {
  constructor({ shelf, edit, signal }) {
    this.shelf = shelf;
    this.edit = edit;
    this.signal = signal;
  }

  async save(change) {
    const { shelf } = this;
    shelf.setChange({ ...change, state: "pending", message: "" });
    if (change.kind !== "remove") keep(change, { typing: false });
    try {
      this.settle(change, await send(change));
    } catch (problem) {
      await this.fail(change, problem);
    }
  }

  settle(change, album) {
    const { shelf } = this;
    forget(change);
    shelf.changes.delete(change.key);
    if (album) shelf.put(album);
    else shelf.drop(change.base.id);
    toast(`${DONE[change.kind]} “${titleOf(change)}”.`);
  }

  async fail(change, problem) {
    const { status } = problem;
    if (isUnsure(problem)) return this.hold({ ...change, unsure: true }, problem.detail);
    if (status === 409 && change.kind === "add" && change.unsure) {
      const album = await arrived(change).catch(() => null);
      if (album) return this.settle(change, album);
    }
    if (status === 401) return this.keepForLater(change);
    if (status === 404 && change.kind === "remove") return this.settle(change, null);
    const isFree = !isDialogOpen() && !this.signal.aborted;
    if (isFree && status === 404 && change.kind === "edit") return this.offerAgain(change);
    if (isFree && status === 412) return this.compare(change);
    if (isFree && (status === 409 || status === 422)) return this.correct(change, problem);
    return this.hold(change, problem.detail);
  }

  // The sign-in has ended: after the next one the editor opens again with what was typed.
  keepForLater(change) {
    if (change.kind !== "remove") keep(change, { typing: true });
    this.shelf.dropChange(change.key);
  }

  hold(change, message) {
    this.shelf.setChange({ ...change, state: "failed", message });
    if (this.signal.aborted) toast(`“${titleOf(change)}” was not saved. ${message}`, { failure: true });
  }

  correct(change, problem) {
    this.hold(change, problem.detail);
    return this.edit(change, errorsOf(problem));
  }

  discard(change) {
    forget(change);
    this.shelf.dropChange(change.key);
  }

  async offerAgain(change) {
    this.hold(change, "It was deleted meanwhile.");
    const again = await confirm({
      title: "It was deleted meanwhile",
      text: `Somebody deleted “${titleOf(change)}” while you were editing. You can add it again with what you typed.`,
      action: "Add it again",
      cancel: "Let it go",
    });
    this.discard(change);
    this.shelf.drop(change.base.id);
    if (again) await this.save({ key: crypto.randomUUID(), kind: "add", base: null, fields: change.fields });
  }

  async compare(change) {
    this.hold(change, "Somebody changed it meanwhile.");
    let newest = null;
    try {
      newest = await getAlbum({ id: change.base.id });
    } catch (problem) {
      if (problem.status === 404 || problem.status === 401) await this.fail(change, problem);
      else this.hold(change, problem.detail);
      return;
    }
    if (change.kind === "remove") await this.compareRemoval(change, newest);
    else await this.compareEdit(change, newest);
  }

  async compareRemoval(change, newest) {
    this.discard(change);
    this.shelf.put(newest);
    const agreed = await confirm({
      title: "It was changed meanwhile",
      text: `It is now “${newest.title}” by ${newest.artist}, ${newest.year}, at rank ${newest.rank}.`,
      action: "Delete anyway",
      cancel: "Keep it",
      danger: true,
    });
    if (agreed) await this.save({ ...change, base: newest });
  }

  async compareEdit(change, newest) {
    const versions = { base: change.base, mine: change.fields, theirs: fieldsOf(newest) };
    const agree = isSame(versions.mine, versions.theirs);
    const fields = agree ? versions.mine : await resolveConflict({ ...CHANGED, versions, signal: this.signal });
    if (!fields) return;
    this.shelf.keep(newest);
    if (isSame(fields, newest)) this.discard(change);
    else await this.save({ ...change, base: newest, fields });
  }
}
