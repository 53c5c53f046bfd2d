// Moves files and folders into another folder, which is chosen in a dialog or dropped on.

import { openDialog } from "../core/dialog.js";
import { startEnd } from "../core/end.js";
import { html, render } from "../core/html.js";
import { counted } from "../core/sizes.js";
import { toast } from "../core/toast.js";
import { isThere, moveTo } from "./changes.js";
import { crumbs } from "./crumbs.js";
import { Listing } from "./listing.js";
import { faultOf, nameOf, parentOf } from "./names.js";
import { icon } from "./rows.js";

const TOP = "Files";

const WORDS = {
  failed: "The folder could not be loaded",
  waiting: html`<p class="muted" role="status">Loading…</p>`,
  nothing: () => ["", "No folders in here."],
};

export const called = (rows) => (rows.length === 1 ? `“${rows[0].name}”` : counted(rows.length, "item"));

const body = html`
  <div class="chooser" id="chooser">
    <nav class="crumbs" aria-label="Folders" id="chooser-crumbs"></nav>
    <div class="chooser-list" id="chooser-list">
      <ul id="choices" aria-label="Folders in it"></ul>
      <div class="end" id="end"></div>
    </div>
    <div class="dialog-actions">
      <button type="button" class="button quiet" data-leave>Cancel</button>
      <button type="button" class="button" id="move-here">Move here</button>
    </div>
  </div>
`;

const folder = (row, base) => html`
  <li class="choice">${icon(row)}<button type="button" class="file-name" data-open="${row.key.slice(base.length)}"
    ><span class="unseen">Folder </span>${row.name}</button></li>
`;

// Resolves to the key of the chosen folder, or to null.
export const chooseFolder = async ({ rows, path, signal }) => {
  const done = new AbortController();
  const { dialog, close, closed } = openDialog({ title: `Move ${called(rows)}`, body, kind: "wide", signal });
  const [list, here] = ["#choices", "#move-here"].map((place) => dialog.querySelector(place));
  const moved = new Set(rows.map(({ key }) => key));
  const listing = new Listing({ path, onChange: () => show(), signal: done.signal });
  const showEnd = startEnd({ list: listing, main: dialog, words: WORDS, isEager: false, signal: done.signal });
  const show = () => {
    const folders = listing.rows().filter(({ isFolder, key }) => isFolder && !moved.has(key));
    render(list, html`${folders.map((row) => folder(row, listing.root))}`);
    list.hidden = folders.length === 0;
    here.disabled = listing.prefix === null || rows.every(({ key }) => parentOf(key) === listing.prefix);
    showEnd(folders.length);
  };
  const open = async (to) => {
    render(dialog.querySelector("#chooser-crumbs"), crumbs(to, TOP));
    await listing.go(to);
    if (!dialog.contains(document.activeElement)) dialog.querySelector("[aria-current]")?.focus();
  };
  dialog.addEventListener("click", ({ target }) => {
    const to = target.closest("[data-open]")?.dataset.open;
    if (to !== undefined) open(to);
  });
  here.addEventListener("click", () => close(listing.prefix));
  open(path);
  const chosen = await closed;
  done.abort();
  return chosen;
};

const faultAt = async ({ key, name, isFolder }, to) => {
  if (isFolder && to.startsWith(key)) return `“${name}” can't be moved into itself.`;
  if (await isThere(to, name)) return `“${name}” is already there.`;
  return faultOf(name, to);
};

// One after the other; what can't be moved stays, and is named. Calls `onMoved` with each row that has moved.
export const moveAll = async (rows, to, onMoved) => {
  const faults = [];
  for (const row of rows.filter(({ key }) => parentOf(key) !== to)) {
    try {
      const fault = await faultAt(row, to);
      if (fault) faults.push(fault);
      else await moveTo(row, `${to}${row.name}${row.isFolder ? "/" : ""}`);
      if (!fault) onMoved(row);
    } catch (problem) {
      faults.push(`“${row.name}” was not moved. ${problem.detail}`);
    }
  }
  if (faults.length) toast(faults.join(" "), { failure: true });
};

export const movedText = (rows, to, root) =>
  `${called(rows)} ${rows.length === 1 ? "is" : "are"} in “${to === root ? TOP : nameOf(to)}” now.`;
