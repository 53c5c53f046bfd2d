// The person's folder: its contents, and everything that can be done with them.

import { skeleton, startEnd } from "../core/end.js";
import { html, render } from "../core/html.js";
import { Keyed } from "../core/keyed.js";
import * as live from "../live/live.js";
import { network } from "../core/network.js";
import { counted } from "../core/sizes.js";
import { PENDING } from "../core/states.js";
import { toast } from "../core/toast.js";
import { makeFolder, remove, rename } from "./changes.js";
import { root } from "./credentials.js";
import { watchDragging } from "./dragging.js";
import { watchDrops, watchInput } from "./drops.js";
import { Listing } from "./listing.js";
import { meter, startMeter } from "./meter.js";
import { chooseFolder, moveAll, movedText } from "./moving.js";
import { fromAddress, nameOf, parentOf, toAddress } from "./names.js";
import { pickedBar, Picking } from "./picking.js";
import { preview } from "./preview.js";
import { loadQuota } from "./quota.js";
import { draw, look } from "./rows.js";
import { save } from "./saving.js";
import { Tray, tray } from "./tray.js";
import { onStored, onUploads, runningUploads, upload } from "./uploads.js";

const HEADING = "Files";
const FIRST = { area: "files", step: "Choose files", at: "[data-do=files]" };

const steps = (path) => {
  const parts = path.split("/").slice(0, -1);
  return parts.map((name, index) => ({ name, path: `${parts.slice(0, index + 1).join("/")}/` }));
};

const crumbs = (path) => path && html`
  <nav class="crumbs" aria-label="Folders above">
    <ol>
      <li><a href="#/files" data-folder="">${HEADING}</a></li>
      ${steps(path).slice(0, -1).map((step) => html`<li><a href="#${toAddress(step.path)}" data-folder="${step.path}"
        >${step.name}</a></li>`)}
    </ol>
  </nav>
`;

const page = (path) => html`
  <div class="files-page" id="files-page">
    ${crumbs(path)}
    <div class="page-head">
      <h1 tabindex="-1">${path ? nameOf(path) : HEADING}</h1>
      <div class="page-actions">
        <button type="button" class="button" data-do="files">Upload files</button>
        <button type="button" class="button quiet wide-only" data-do="folder">Upload a folder</button>
        <button type="button" class="button quiet" data-do="make">New folder</button>
        <input type="file" id="choose-files" multiple hidden tabindex="-1" aria-label="Files to upload">
        <input type="file" id="choose-folder" webkitdirectory hidden tabindex="-1" aria-label="Folder to upload">
      </div>
    </div>
    ${meter}
    ${tray}
    <p class="count" id="count" role="status"></p>
    ${pickedBar}
    <ul class="files" id="files" aria-label="Files and folders"></ul>
    ${skeleton("skeleton files-skeleton", 5, 3)}
    <div class="end" id="end"></div>
    <p class="drop-hint" aria-hidden="true">Drop to upload here</p>
  </div>
`;

const countedKinds = (rows) => {
  const folders = rows.filter(({ isFolder }) => isFolder).length;
  const kinds = [[folders, "folder"], [rows.length - folders, "file"]].filter(([number]) => number);
  return kinds.map(([number, one]) => counted(number, one)).join(", ");
};

class FilesPage {
  constructor({ main, path, signal }) {
    this.main = main;
    this.path = fromAddress(path);
    this.signal = signal;
    this.leaving = new Map();
    this.refreshing = null;
    this.listing = new Listing({ path: this.path, onChange: () => this.show(), signal });
  }

  start() {
    render(this.main, page(this.path));
    startMeter(this.main, this.signal);
    new Tray({ place: this.main.querySelector(".uploads"), signal: this.signal }).start();
    this.startChoosing();
    const { listing, main, signal } = this;
    this.list = main.querySelector("#files");
    this.picking = new Picking({
      main, rows: () => listing.rows(), act: (act, rows) => this.doAll(act, rows), onChange: () => this.show(),
    });
    this.rows = new Keyed({ list: this.list, draw: (row) => draw(row, listing.root), look });
    this.showEnd = startEnd({ list: listing, main, words: this.words(), signal });
    this.startEvents();
    loadQuota().catch(() => null);
    listing.open();
  }

  words() {
    return {
      failed: "The folder could not be loaded",
      loading: "Loading…",
      counted: () => countedKinds(this.listing.rows()),
      // While uploads run, the list above says what is on its way.
      nothing: () => (runningUploads().length ? ["", "The first files are on their way."] : this.path
        ? ["Nothing in here yet", "Drop files here, or upload them.", FIRST]
        : ["Your folder is empty", "Drop files here, or upload them. Nobody but you can see them.", FIRST]),
    };
  }

  startChoosing() {
    const [files, folder] = this.main.querySelectorAll("#choose-files, #choose-folder");
    const inputs = { files, folder };
    const take = (found) => this.upload(found);
    Object.values(inputs).forEach((input) => watchInput(input, take));
    watchDrops(this.main.querySelector("#files-page"), take, this.signal);
    this.main.querySelector(".page-actions").addEventListener("click", ({ target }) => {
      const wanted = target.closest("[data-do]")?.dataset.do;
      if (wanted === "make") this.make();
      else inputs[wanted]?.click();
    });
  }

  startEvents() {
    const { signal } = this;
    this.list.addEventListener("click", ({ target }) => this.act(target));
    this.list.addEventListener("keydown", (event) => this.press(event));
    watchDragging({
      place: this.main.querySelector("#files-page"),
      rowsOf: (row) => this.along(row.dataset.key),
      folderOf: (target) => this.folderAt(target),
      onDrop: (rows, to) => this.move(rows, to),
      signal,
    });
    onStored((key) => this.onStored(key), signal);
    onUploads(() => this.show(), signal);
    live.on("folder", () => this.refresh(), signal);
    network.listen((state) => {
      if (state === "online" && this.listing.state === "failed") this.listing.retry();
    }, signal);
  }

  // Files that arrive in quick succession are shown together.
  refresh() {
    this.refreshing ??= setTimeout(() => {
      this.refreshing = null;
      if (!this.signal.aborted) this.listing.catchUp();
    }, 200);
  }

  onStored(key) {
    if (this.listing.prefix !== null && key.startsWith(this.listing.prefix)) this.refresh();
  }

  show() {
    if (this.signal.aborted) return;
    const rows = this.listing.rows();
    this.rows.show(rows.map((row) => ({ ...row, leaving: this.leaving.get(row.key) })));
    this.picking.show();
    this.list.hidden = rows.length === 0;
    this.showEnd(rows.length);
  }

  async upload(found) {
    try {
      await upload(found, (await root()) + this.path);
    } catch (problem) {
      toast(`Nothing was uploaded. ${problem.detail}`, { failure: true });
    }
  }

  rowOf(target) {
    const key = target.closest("li")?.dataset.key;
    return this.listing.rows().find((row) => row.key === key);
  }

  act(target) {
    const act = target.closest("[data-act]")?.dataset.act;
    if (act) this.do(act, this.rowOf(target));
  }

  do(act, row) {
    if (!row || this.leaving.has(row.key)) return;
    const { signal } = this;
    if (act === "open") preview({ ...row, signal });
    if (act === "save") save(row.key);
    if (act === "rename") this.rename(row);
    if (act === "move" || act === "remove") this.doAll(act, [row]);
  }

  async doAll(act, rows) {
    if (act === "remove") this.remove(rows);
    if (act !== "move") return;
    const to = await chooseFolder({ rows, path: this.path, signal: this.signal });
    if (to !== null) this.move(rows, to);
  }

  // A picked row takes the other picked ones along.
  along(key) {
    return this.picking.has(key) ? this.picking.all() : this.listing.rows().filter((row) => row.key === key);
  }

  folderAt(target) {
    const crumb = target.closest?.("[data-folder]");
    if (crumb && this.listing.prefix !== null) return { element: crumb, key: this.listing.root + crumb.dataset.folder };
    const element = target.closest?.("li.folder");
    return element && { element, key: element.dataset.key };
  }

  press(event) {
    const acts = { F2: "rename", Delete: "remove" };
    const siblings = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" };
    const row = event.target.closest("li");
    if (event.key in acts) this.do(acts[event.key], this.rowOf(event.target));
    else if (event.key in siblings) row?.[siblings[event.key]]?.querySelector("[data-main]").focus();
    else return;
    event.preventDefault();
  }

  focus(key) {
    this.rows.row(key)?.querySelector("[data-main]").focus();
  }

  async make() {
    const { prefix } = this.listing;
    if (prefix === null) return;
    const name = await makeFolder({ prefix, signal: this.signal });
    if (!name) return;
    await this.listing.catchUp();
    this.focus(`${prefix}${name}/`);
  }

  async rename(row) {
    const name = await rename({ ...row, signal: this.signal });
    if (row.isFolder || name) await this.listing.catchUp();
    if (name) this.focus(`${parentOf(row.key)}${name}${row.isFolder ? "/" : ""}`);
  }

  mark(rows, text) {
    for (const { key } of rows) text ? this.leaving.set(key, text) : this.leaving.delete(key);
    this.show();
  }

  async move(rows, to) {
    const moved = [];
    this.mark(rows, "Moving…");
    await moveAll(rows, to, (row) => {
      moved.push(row);
      this.listing.drop(row.key);
    });
    this.mark(rows, "");
    if (moved.length) toast(movedText(moved, to, this.listing.root));
    this.refresh();
  }

  async remove(rows) {
    const isGone = await remove(rows, { onAgreed: () => this.mark(rows, PENDING.remove) });
    this.mark(rows, "");
    if (isGone) rows.forEach(({ key }) => this.listing.drop(key));
    if (!isGone || rows.some(({ isFolder }) => isFolder)) this.refresh();
  }
}

export const show = (given) => new FilesPage(given).start();
