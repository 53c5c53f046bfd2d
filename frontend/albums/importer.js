// Imports a file of albums: first a trial run that writes nothing and reports each row, then the real import.

import { importAlbums } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { watchDrops } from "../core/drops.js";
import { html, render } from "../core/html.js";
import { toast } from "../core/toast.js";
import { readRows, typeOf } from "./files.js";

const STATUS = { created: "New", unchanged: "Unchanged", conflict: "Conflict", invalid: "Invalid", left: "Left" };
const SUMMARY = [["created", "new"], ["unchanged", "unchanged"], ["conflicts", "in conflict"], ["invalid", "invalid"]];

const albums = (count) => (count === 1 ? "1 album" : `${count} albums`);

const start = html`
  <div class="dropzone" id="dropzone">
    <label for="import-file">CSV or JSON file</label>
    <input id="import-file" type="file" accept=".csv,.json,text/csv,application/json" aria-describedby="import-hint">
    <p class="hint" id="import-hint">Choose one or drop it here. CSV needs the columns
      <code>rank,title,artist,year,genre</code>; JSON is a list of albums with these fields.</p>
  </div>
  <div class="import-state" id="import-state"></div>
`;

const working = (text) => html`
  <div role="status"><p>${text}</p><progress aria-label="${text}"></progress></div>
`;

// Messages about single fields say more than the general one.
const explained = ({ detail, errors = [] }) =>
  errors.map((error) => `${error.pointer.slice(1)} ${error.detail}`.trim()).join("; ") || detail;

const reportRow = (row, given) => html`
  <tr class="${row.status}">
    <td class="number">${row.row}</td>
    <td><span class="tag ${row.status}">${STATUS[row.status]}</span></td>
    <td>
      ${given?.title}${given?.artist && html` <span class="muted">${given.artist}</span>`}
      ${explained(row) && html`<p class="row-note">${explained(row)}</p>`}
    </td>
  </tr>
`;

const reportTable = (report, rows) => html`
  <div class="report" tabindex="0" role="region" aria-label="Report, row by row">
    <table>
      <thead><tr><th scope="col">Row</th><th scope="col">Status</th><th scope="col">Album</th></tr></thead>
      <tbody>${report.rows.map((row) => reportRow(row, rows[row.row - 1]))}</tbody>
    </table>
  </div>
`;

// One import has limited time; importing the same file again takes care of the rest.
const summary = (report) =>
  [...SUMMARY, ...(report.left > 0 ? [["left", "not reached in time"]] : [])]
    .map(([name, text]) => html`<li class="${name}"><strong>${report[name]}</strong> ${text}</li>`);

const trial = (file, report, rows) => html`
  <h3>What ${file.name} would do</h3>
  <div role="status"><ul class="summary">${summary(report)}</ul></div>
  ${reportTable(report, rows)}
  <div class="dialog-actions">
    <button type="button" class="button quiet" data-leave>Cancel</button>
    ${report.created + report.left > 0 && html`
      <button type="button" class="button" id="import-now">Import ${albums(report.created + report.left)}</button>
    `}
  </div>
`;

const outcome = (report, rows) => html`
  <h3 tabindex="-1">Imported ${albums(report.created)}</h3>
  <div role="status"><ul class="summary">${summary(report)}</ul></div>
  ${reportTable(report, rows)}
  <div class="dialog-actions">
    <button type="button" class="button ${report.left > 0 && "quiet"}" data-leave>Done</button>
    ${report.left > 0 && html`
      <button type="button" class="button" id="import-now">Go on with ${albums(report.left)}</button>
    `}
  </div>
`;

const failure = (text, canRetry) => html`
  <p class="form-message failure" role="alert">${text}</p>
  ${canRetry && html`<p><button type="button" class="button quiet" id="import-retry">Try again</button></p>`}
`;

class Import {
  constructor(dialog, onImported) {
    this.state = dialog.querySelector("#import-state");
    this.zone = dialog.querySelector("#dropzone");
    this.onImported = onImported;
    this.busy = false;
  }

  show(markup) {
    render(this.state, markup);
  }

  async attempt(text, work, retry) {
    if (this.busy) return;
    this.busy = true;
    this.show(working(text));
    try {
      await work();
    } catch (problem) {
      this.show(failure(problem.detail ?? "The file could not be read.", true));
      this.state.querySelector("#import-retry").addEventListener("click", retry);
    } finally {
      this.busy = false;
    }
  }

  choose(file) {
    const type = typeOf(file);
    if (!type) {
      this.show(failure(`${file.name} is neither CSV nor JSON.`, false));
      return null;
    }
    const tryOut = async () => {
      const body = await file.text();
      const report = await importAlbums({ body, contentType: type, dry_run: true });
      this.showTrial(file, type, body, report);
    };
    return this.attempt(`Checking ${file.name}…`, tryOut, () => this.choose(file));
  }

  showTrial(file, type, body, report) {
    const rows = readRows(body, type);
    this.show(trial(file, report, rows));
    this.offer(report.created + report.left, type, body, rows);
  }

  offer(count, type, body, rows) {
    const button = this.state.querySelector("#import-now");
    button?.addEventListener("click", () => this.write(count, type, body, rows));
  }

  write(count, type, body, rows) {
    const work = async () => {
      const report = await importAlbums({ body, contentType: type });
      this.zone.hidden = true;
      this.show(outcome(report, rows));
      this.offer(report.left, type, body, rows);
      this.state.querySelector("h3").focus();
      toast(`Imported ${albums(report.created)}.`);
      this.onImported();
    };
    return this.attempt(`Importing ${albums(count)}…`, work, () => this.write(count, type, body, rows));
  }
}

export const openImport = ({ onImported, signal }) => {
  let running = null;
  const mayClose = async () => !running.busy;
  const { dialog } = openDialog({ title: "Import albums", body: start, kind: "wide", mayClose, signal });
  running = new Import(dialog, onImported);
  watchDrops(running.zone, (file) => running.choose(file));
  dialog.querySelector("#import-file").addEventListener("change", ({ target }) => {
    if (target.files[0]) running.choose(target.files[0]);
    // So that the same file can be chosen again after a correction.
    target.value = "";
  });
};
