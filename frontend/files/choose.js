// A dialog in which files of the own folder are chosen, for whatever they are to be attached to.

import { openDialog } from "../core/dialog.js";
import { html, render } from "../core/html.js";
import { root } from "./credentials.js";
import { watchDrops, watchInput } from "./drops.js";
import { Listing } from "./listing.js";
import { nameOf } from "./names.js";
import { icon } from "./rows.js";
import { counted, sizeText } from "./sizes.js";
import { Tray, tray } from "./tray.js";
import { onStored, upload } from "./uploads.js";

export { openFile } from "./preview.js";

const TOP = "Files";

const body = html`
  <div class="chooser" id="chooser">
    <nav class="crumbs" aria-label="Folders" id="chooser-crumbs"></nav>
    ${tray}
    <div class="chooser-list" id="chooser-list" aria-busy="true"></div>
    <div class="dialog-actions">
      <button type="button" class="button quiet" data-do="upload">Upload files</button>
      <input type="file" multiple hidden tabindex="-1" aria-label="Files to upload" id="chooser-input">
      <span class="grow"></span>
      <button type="button" class="button quiet" data-leave>Cancel</button>
      <button type="button" class="button" data-do="done" id="chooser-done">Attach</button>
    </div>
  </div>
`;

const above = (path) => {
  const parts = path.split("/").slice(0, -1);
  return ["", ...parts.map((_, index) => `${parts.slice(0, index + 1).join("/")}/`)];
};

const crumbs = (path) => html`
  <ol>${above(path).map((step) => html`<li>
    <button type="button" class="crumb" data-open="${step}"${step === path && html` aria-current="true"`}
      >${step ? nameOf(step) : TOP}</button>
  </li>`)}</ol>
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
    Object.assign(this, { dialog, close, signal });
    this.chosen = new Map(selected.map((each) => [each.key, each]));
    this.path = "";
    this.place = dialog.querySelector("#chooser-list");
  }

  async start() {
    new Tray({ place: this.dialog.querySelector(".uploads"), signal: this.signal }).start();
    const input = this.dialog.querySelector("#chooser-input");
    watchInput(input, (found) => this.upload(found));
    watchDrops(this.dialog.querySelector("#chooser"), (found) => this.upload(found), this.signal);
    this.dialog.addEventListener("click", ({ target }) => this.act(target, input));
    this.dialog.addEventListener("change", ({ target }) => this.choose(target));
    onStored((key) => this.onStored(key), this.signal);
    this.count();
    try {
      this.root = await root();
      this.open("");
    } catch (problem) {
      this.fail(problem);
    }
  }

  open(path) {
    this.path = path;
    const onChange = () => this.listing === listing && this.show();
    const listing = (this.listing = new Listing({ prefix: this.root + path, onChange, signal: this.signal }));
    render(this.dialog.querySelector("#chooser-crumbs"), crumbs(path));
    return listing.open();
  }

  fail(problem) {
    render(this.place, html`<div class="nothing" role="alert">
      <p>${problem.detail}</p>
      <p><button type="button" class="button quiet" data-do="retry">Try again</button></p>
    </div>`);
  }

  show() {
    const { state, next, problem } = this.listing;
    this.place.setAttribute("aria-busy", String(state === "loading"));
    if (state === "failed") return this.fail(problem);
    if (state === "loading") return render(this.place, html`<p class="muted" role="status">Loading…</p>`);
    return render(this.place, html`
      ${this.rows()}
      ${next && html`<p><button type="button" class="button quiet small" data-do="more">Load more</button></p>`}
    `);
  }

  rows() {
    const rows = this.listing.rows();
    if (!rows.length) return html`<p class="nothing">Nothing in here yet: upload something, or drop it here.</p>`;
    return html`<ul aria-label="Files">${rows.map((row) =>
      (row.isFolder ? folder(row, this.root) : file(row, this.chosen.has(row.key))))}</ul>`;
  }

  count() {
    const { size } = this.chosen;
    const button = this.dialog.querySelector("#chooser-done");
    button.textContent = size ? `Attach ${counted(size, "file")}` : "Attach nothing";
  }

  choose(input) {
    if (input.type !== "checkbox") return;
    const row = this.listing.files.get(input.value);
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
    if (wanted === "more") this.listing.more();
    if (wanted === "retry") this.retry();
    if (wanted === "done") this.close([...this.chosen.values()]);
  }

  async retry() {
    try {
      this.root = await root();
      this.open(this.path);
    } catch (problem) {
      this.fail(problem);
    }
  }

  // The folder's own button is gone with its list.
  focus() {
    if (document.activeElement === document.body || !this.dialog.contains(document.activeElement)) {
      this.dialog.querySelector("[aria-current]")?.focus();
    }
  }

  upload(found) {
    return this.root && upload(found, this.root + this.path);
  }

  // What is uploaded here is meant to be attached.
  async onStored(key) {
    if (!key.startsWith(this.root + this.path)) return;
    await this.open(this.path);
    const row = this.listing.files.get(key);
    if (!row) return;
    this.chosen.set(key, { key, name: nameOf(key), size: row.size });
    this.show();
    this.count();
  }
}

// Answers `[{key, name, size}]`, those `selected` before among them unless they were taken out; null where it was left.
export const chooseFiles = async ({ selected = [], signal } = {}) => {
  const done = new AbortController();
  const { dialog, close, closed } = openDialog({ title: "Attach files", body, kind: "wide", signal });
  new Chooser({ dialog, close, selected, signal: done.signal }).start();
  const chosen = await closed;
  done.abort();
  return chosen;
};
