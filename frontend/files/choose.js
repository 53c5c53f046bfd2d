// A dialog for choosing files from the person's folder, to attach them to something.

import { openDialog } from "../core/dialog.js";
import { startEnd } from "../core/end.js";
import { html, render } from "../core/html.js";
import { crumbs } from "./crumbs.js";
import { watchDrops, watchInput } from "./drops.js";
import { Listing } from "./listing.js";
import { nameOf } from "./names.js";
import { icon } from "./rows.js";
import { counted, sizeText } from "../core/sizes.js";
import { Tray, tray } from "./tray.js";
import { onStored, upload } from "./uploads.js";

export { openFile } from "./preview.js";

const TOP = "Files";

const WORDS = {
  failed: "The folder could not be loaded",
  waiting: html`<p class="muted" role="status">Loading…</p>`,
  nothing: () => ["", "Nothing in here yet: upload something, or drop it here."],
};

const body = html`
  <div class="chooser" id="chooser">
    <nav class="crumbs" aria-label="Folders" id="chooser-crumbs"></nav>
    ${tray}
    <div class="chooser-list" id="chooser-list" aria-busy="true">
      <ul id="choices" aria-label="Files"></ul>
      <div class="end" id="end"></div>
    </div>
    <div class="dialog-actions">
      <button type="button" class="button quiet" data-do="upload">Upload files</button>
      <input type="file" multiple hidden tabindex="-1" aria-label="Files to upload" id="chooser-input">
      <span class="grow"></span>
      <button type="button" class="button quiet" data-leave>Cancel</button>
      <button type="button" class="button" data-do="done" id="chooser-done">Attach</button>
    </div>
  </div>
`;

const folder = (row, base) => html`
  <li class="choice">
    ${icon(row)}
    <button type="button" class="file-name" data-open="${row.key.slice(base.length)}"
      ><span class="unseen">Folder </span>${row.name}</button>
  </li>
`;

const file = (row, isChosen) => html`
  <li class="choice">
    ${icon(row)}
    <label class="check">
      <input type="checkbox" value="${row.key}"${isChosen && html` checked`}>
      <span class="choice-name">${row.name}</span>
      <span class="muted number">${sizeText(row.size)}</span>
    </label>
  </li>
`;

class Chooser {
  constructor({ dialog, close, selected, signal }) {
    this.dialog = dialog;
    this.close = close;
    this.signal = signal;
    this.chosen = new Map(selected.map((each) => [each.key, each]));
    this.hadSome = selected.length > 0;
    this.listing = new Listing({ path: "", onChange: () => this.show(), signal });
    this.showEnd = startEnd({ list: this.listing, main: dialog, words: WORDS, isEager: false, signal });
  }

  start() {
    new Tray({ place: this.dialog.querySelector(".uploads"), signal: this.signal }).start();
    const input = this.dialog.querySelector("#chooser-input");
    watchInput(input, (found) => this.upload(found));
    watchDrops(this.dialog.querySelector("#chooser"), (found) => this.upload(found), this.signal);
    this.dialog.addEventListener("click", ({ target }) => this.act(target, input));
    this.dialog.addEventListener("change", ({ target }) => this.choose(target));
    onStored((key) => this.onStored(key), this.signal);
    this.count();
    this.open("");
  }

  open(path) {
    render(this.dialog.querySelector("#chooser-crumbs"), crumbs(path, TOP));
    return this.listing.go(path);
  }

  show() {
    const rows = this.listing.rows();
    const { root, state } = this.listing;
    const list = this.dialog.querySelector("#choices");
    this.dialog.querySelector("#chooser-list").setAttribute("aria-busy", String(state === "loading"));
    render(list, html`${rows.map((row) => (row.isFolder ? folder(row, root) : file(row, this.chosen.has(row.key))))}`);
    list.hidden = rows.length === 0;
    this.showEnd(rows.length);
  }

  count() {
    const { size } = this.chosen;
    const button = this.dialog.querySelector("#chooser-done");
    button.textContent = size || !this.hadSome ? `Attach ${size ? counted(size, "file") : ""}`.trim() : "Attach none";
    button.disabled = size === 0 && !this.hadSome;
  }

  choose(input) {
    if (input.type !== "checkbox") return;
    const row = this.listing.items.get(input.value);
    if (!row) return;
    if (input.checked) this.chosen.set(row.key, { key: row.key, name: nameOf(row.key), size: row.size });
    else this.chosen.delete(row.key);
    this.count();
  }

  act(target, input) {
    const opened = target.closest("[data-open]")?.dataset.open;
    if (opened !== undefined) this.open(opened).then(() => this.focus());
    const wanted = target.closest("[data-do]")?.dataset.do;
    if (wanted === "upload") input.click();
    if (wanted === "done") this.close([...this.chosen.values()]);
  }

  // The button of the opened folder is gone with its list.
  focus() {
    if (document.activeElement === document.body || !this.dialog.contains(document.activeElement)) {
      this.dialog.querySelector("[aria-current]")?.focus();
    }
  }

  upload(found) {
    return this.listing.prefix && upload(found, this.listing.prefix);
  }

  // What is uploaded in this dialog is meant to be attached.
  async onStored(key) {
    if (!key.startsWith(this.listing.prefix)) return;
    await this.listing.catchUp();
    const row = this.listing.items.get(key);
    if (!row) return;
    this.chosen.set(key, { key, name: nameOf(key), size: row.size });
    this.show();
    this.count();
  }
}

// Resolves to `[{key, name, size}]`, including those `selected` before unless they were unchecked; null if cancelled.
export const chooseFiles = async ({ selected = [], signal = undefined } = {}) => {
  const done = new AbortController();
  const { dialog, close, closed } = openDialog({ title: "Attach files", body, kind: "wide", signal });
  new Chooser({ dialog, close, selected, signal: done.signal }).start();
  const chosen = await closed;
  done.abort();
  return chosen;
};
