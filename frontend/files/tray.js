// The list of uploads: running ones with their progress, failed ones, and those to resume.

import { element, html } from "../core/html.js";
import { Keyed } from "../core/keyed.js";
import { onQuota } from "./quota.js";
import { counted, sizeText } from "../core/sizes.js";
import { WAITS } from "../core/states.js";
import * as uploads from "./uploads.js";

const STATES = {
  queued: "Waiting for its turn…",
  checking: "Preparing…",
  sending: "",
  waiting: WAITS,
};

const act = (name, text, of, kind = "quiet") => html`
  <button type="button" class="button ${kind} small" data-act="${name}" aria-label="${text} ${of}">${text}</button>
`;

const shareOf = ({ sent, file }) => (file.size ? sent / file.size : 0);

const saidOf = (upload) =>
  STATES[upload.state] || `${sizeText(upload.sent)} of ${sizeText(upload.file.size)}`;

const running = (upload) => html`
  <p class="upload-name">${upload.name}</p>
  <p class="upload-said muted number" data-said>${saidOf(upload)}</p>
  <progress max="1" value="${shareOf(upload)}" aria-label="Upload of ${upload.name}"></progress>
  <div class="upload-acts">${act("cancel", "Cancel", upload.name)}</div>
`;

const failed = (upload) => html`
  <p class="upload-name">${upload.name}</p>
  <p class="upload-said row-note" role="alert">Not uploaded. ${upload.message}</p>
  <div class="upload-acts">
    ${!upload.isFinal && act("retry", "Retry", upload.name, "")}
    ${act("cancel", "Dismiss", upload.name)}
  </div>
`;

const interrupted = ({ name, size, message }) => html`
  <p class="upload-name">${name}</p>
  <p class="upload-said ${message ? "row-note" : "muted"}" role="${message ? "alert" : "note"}">${message
    || `Interrupted. Choose the file (${sizeText(size)}) again to go on where it stopped.`}</p>
  <div class="upload-acts">
    ${act("resume", "Choose file", name, "")}
    ${act("discard", "Discard", name)}
  </div>
`;

const draw = (row) => element(html`
  <li class="upload ${row.kind}" tabindex="-1">${{ running, failed, interrupted }[row.kind](row.of)}</li>
`);

// Progress is written into the existing row: redrawing it would lose a click on it.
const look = ({ kind, of }) => JSON.stringify([kind, of.name, of.message]);

export class Tray {
  constructor({ place, signal }) {
    this.place = place;
    this.signal = signal;
    this.before = [];
    this.messages = new Map();
    this.wanted = null;
  }

  start() {
    this.rows = new Keyed({ list: this.place.querySelector("ul"), draw, look });
    this.status = this.place.querySelector("[role=status]");
    this.input = this.place.querySelector("input");
    uploads.onUploads(() => this.change(), this.signal);
    onQuota(() => this.show(), this.signal);
    this.place.addEventListener("click", ({ target }) => this.act(target));
    this.input.addEventListener("change", () => this.choose());
    this.change();
  }

  // Drawn at most once a frame, however often progress is reported.
  change() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(async () => {
      this.frame = null;
      this.show();
      const { length } = uploads.runningUploads();
      if (length === this.ran) return;
      this.ran = length;
      await this.look();
    });
  }

  async look() {
    this.before = await uploads.unfinished();
    this.show();
  }

  all() {
    const under = new Set(uploads.allUploads().map(({ key }) => key));
    const kindOf = ({ state }) => (state === "failed" ? "failed" : "running");
    const now = uploads.allUploads().map((of) => ({ key: of.id, kind: kindOf(of), of }));
    const left = this.before.filter(({ key }) => !under.has(key)).map((kept) => ({
      key: kept.uploadId, kind: "interrupted", of: { ...kept, message: this.messages.get(kept.uploadId) },
    }));
    return [...now, ...left];
  }

  show() {
    if (this.signal.aborted) return;
    const all = this.all();
    this.place.hidden = all.length === 0;
    this.rows.show(all);
    for (const { key, kind, of } of all) if (kind === "running") this.showProgress(this.rows.row(key), of);
    this.say(all);
  }

  showProgress(row, upload) {
    row.querySelector("progress").value = shareOf(upload);
    row.querySelector("[data-said]").textContent = saidOf(upload);
  }

  say(all) {
    const count = all.filter(({ kind }) => kind === "running").length;
    const text = count ? `Uploading ${counted(count, "file")}…` : "";
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  act(target) {
    const wanted = target.closest("[data-act]")?.dataset.act;
    const key = target.closest("li")?.dataset.key;
    const kept = this.before.find(({ uploadId }) => uploadId === key);
    if (wanted === "cancel") uploads.cancel(key);
    if (wanted === "retry") uploads.retry(key);
    if (wanted === "resume") this.ask(kept);
    if (wanted === "discard") this.discard(kept);
  }

  ask(kept) {
    this.wanted = kept;
    this.input.click();
  }

  choose() {
    const [file] = this.input.files;
    this.input.value = "";
    if (!file || !this.wanted) return;
    this.messages.set(this.wanted.uploadId, uploads.resume(this.wanted, file));
    this.show();
  }

  async discard(kept) {
    await uploads.discard(kept);
    await this.look();
  }
}

export const tray = html`
  <section class="uploads" aria-label="Uploads" hidden>
    <p class="count" role="status"></p>
    <ul></ul>
    <input type="file" hidden tabindex="-1" aria-label="File to go on with">
  </section>
`;
