// The albums page: the table and everything that can be done with it.

import { confirmDelete } from "../core/dialog.js";
import { skeleton, startEnd } from "../core/end.js";
import { guard } from "../core/guard.js";
import { html, render } from "../core/html.js";
import { icon } from "../core/icons.js";
import { Keyed } from "../core/keyed.js";
import { isCurator, onMe } from "../core/me.js";
import { network } from "../core/network.js";
import { setQuery } from "../core/router.js";
import { counted } from "../core/sizes.js";
import { follow } from "../live/follow.js";
import * as live from "../live/live.js";
import { openEditor } from "./editor.js";
import { exportAs } from "./exporter.js";
import { COMMON_GENRES, fieldsOf, isSame, parsed } from "./fields.js";
import { filterForm, startFilters } from "./filters.js";
import { openImport } from "./importer.js";
import { allKept } from "./kept.js";
import { draw, hasActs, look } from "./rows.js";
import { Saving } from "./saving.js";
import { Shelf } from "./shelf.js";
import { startShortcuts } from "./shortcuts.js";

const COLUMNS = [
  ["Rank", "number rank"], ["Title", ""], ["Artist", "artist"], ["Year", "number year"], ["Genre", "genre"],
];

const SPREAD = 2000;

const NO_ALBUMS = ["No albums yet", "Everything worth keeping starts somewhere.", {
  area: "albums", step: "Add the first album", at: "[data-do=add]",
}];
const NONE_FOUND = ["Nothing found", "No album matches. Try fewer words, or clear the filters.", { area: "albums" }];

const wordsOf = (shelf) => ({
  failed: "The albums could not be loaded",
  loading: "Loading albums…",
  counted: (count) => counted(count, "album"),
  nothing: () => (Object.values(shelf.filter).some(Boolean) ? NONE_FOUND : NO_ALBUMS),
});

const page = html`
  <div class="page-head">
    <h1 tabindex="-1">Albums</h1>
    <div class="page-actions">
      <button type="button" class="button" data-do="add" aria-keyshortcuts="n">Add album</button>
      <button type="button" class="icon-button acts-more" popovertarget="album-acts" aria-label="More actions"
        >${icon("more")}</button>
      <div class="acts-list sheet" id="album-acts" popover>
        <button type="button" class="button quiet" data-do="import" hidden>Import</button>
        <button type="button" class="button quiet" data-do="csv">Export CSV</button>
        <button type="button" class="button quiet" data-do="json">Export JSON</button>
      </div>
    </div>
  </div>
  ${filterForm}
  <p class="count" id="count" role="status"></p>
  <table class="albums" role="table" aria-label="Albums by rank">
    <thead role="rowgroup">
      <tr role="row">
        ${COLUMNS.map(([name, kind]) => html`<th role="columnheader" scope="col" class="${kind}">${name}</th>`)}
        <th role="columnheader" scope="col" class="acts">Actions</th>
      </tr>
    </thead>
    <tbody role="rowgroup" id="rows"></tbody>
  </table>
  ${skeleton("skeleton", 8, 3)}
  <div class="end" id="end"></div>
`;

class Dashboard {
  constructor({ main, query, signal }) {
    this.main = main;
    this.query = query;
    this.signal = signal;
    this.shelf = new Shelf({ onChange: () => this.show(), signal });
    this.saving = new Saving({ shelf: this.shelf, edit: (change, errors) => this.edit(change, { errors }), signal });
  }

  start() {
    render(this.main, page);
    this.rows = new Keyed({ list: this.main.querySelector("#rows"), draw, look, home: "edit" });
    this.startEvents();
    this.table = this.main.querySelector("table.albums");
    this.showEnd = startEnd({ list: this.shelf, main: this.main, words: wordsOf(this.shelf), signal: this.signal });
    startFilters({
      form: this.main.querySelector("#filters"),
      query: this.query,
      genres: () => this.genres(),
      onFilter: (filter) => this.filter(filter),
      signal: this.signal,
    });
    this.takeUpDrafts();
  }

  startEvents() {
    const { signal } = this;
    this.main.querySelector(".page-actions").addEventListener("click", ({ target }) => this.act(target));
    this.main.querySelector("#rows").addEventListener("click", ({ target }) => this.actOnRow(target));
    startShortcuts({
      "/": () => this.main.querySelector("#filter-q").focus(),
      "n": () => this.add(),
    }, signal);
    guard(() => this.shelf.changes.size > 0, signal);
    onMe(() => this.show(), signal);
    this.startFollowing();
    network.listen((state) => {
      if (state === "online" && this.shelf.state === "failed") this.shelf.retry();
    }, signal);
  }

  // Everybody's pages hear of a change at once: each reads at a moment of its own, and once for all that came by then.
  startFollowing() {
    const { signal } = this;
    let timer = null;
    const read = follow(() => this.shelf.catchUp(), signal);
    live.on("albums", () => {
      timer ??= setTimeout(() => {
        timer = null;
        read();
      }, Math.random() * SPREAD);
    }, signal);
    signal.addEventListener("abort", () => clearTimeout(timer));
  }

  genres() {
    return [...new Set([...COMMON_GENRES, ...this.shelf.genres()])].sort();
  }

  filter(filter) {
    setQuery(filter);
    this.shelf.open(filter);
  }

  show() {
    if (this.signal.aborted) return;
    this.main.querySelector("[data-do=import]").hidden = !isCurator();
    const rows = this.shelf.rows();
    this.rows.show(rows);
    this.table.hidden = rows.length === 0;
    this.table.classList.toggle("no-acts", !rows.some(hasActs));
    this.table.classList.toggle("stale", this.shelf.state === "loading");
    this.showEnd(rows.length);
    this.showGenres();
  }

  showGenres() {
    const list = this.main.querySelector("#filter-genres");
    const genres = this.genres();
    // Not redrawn unless something is new: the list may be open.
    if (list.children.length === genres.length) return;
    render(list, html`${genres.map((genre) => html`<option value="${genre}"></option>`)}`);
  }

  act(target) {
    const button = target.closest("[data-do]");
    const actions = {
      add: () => this.add(),
      import: () => openImport({ onImported: () => this.shelf.open(), signal: this.signal }),
      csv: () => exportAs("csv", button),
      json: () => exportAs("json", button),
    };
    if (button) actions[button.dataset.do]();
  }

  actOnRow(target) {
    const button = target.closest("[data-act]");
    if (!button) return;
    const { key } = button.closest("tr").dataset;
    const change = this.shelf.changes.get(key) ?? { key, base: this.shelf.items.get(key), kind: "edit" };
    const actions = {
      edit: () => this.edit(change),
      remove: () => this.remove(change),
      retry: () => this.saving.save(change),
      discard: () => this.saving.discard(change),
    };
    actions[button.dataset.act]();
  }

  add() {
    return this.edit({ key: crypto.randomUUID(), kind: "add", base: null });
  }

  async edit(change, more = {}) {
    const onDiscard = () => this.saving.discard(change);
    const genres = this.shelf.genres();
    const fields = await openEditor({ change, genres, onDiscard, signal: this.signal, ...more });
    if (!fields) return null;
    if (change.base && isSame(fields, fieldsOf(change.base))) return this.saving.discard(change);
    return this.saving.save({ ...change, fields });
  }

  async remove(change) {
    const { title, artist } = change.base;
    const agreed = await confirmDelete("Delete this album?", `“${title}” by ${artist} will be gone for everybody.`);
    if (agreed) await this.saving.save({ ...change, kind: "remove" });
  }

  // After a reload or a new sign-in: reopens the last editor; other unsaved changes wait in their rows.
  takeUpDrafts() {
    const drafts = allKept();
    const typing = drafts.filter((draft) => draft.typing).pop();
    for (const draft of drafts) {
      if (draft === typing) continue;
      const change = { ...draft, fields: parsed(draft.fields) };
      this.shelf.setChange({ ...change, unsure: true, state: "failed", message: "It was kept from before." });
    }
    if (typing) this.edit(typing, { note: "What you typed before was kept. Save it to finish." });
  }
}

export const show = (given) => new Dashboard(given).start();
