// The blog's photos: shown in the size that fits; and the field for choosing, uploading and describing one.

import { addPhoto, describePhoto, getPhoto, retryPhoto } from "../core/api.js";
import { watchDrops } from "../core/drops.js";
import { element, html, render } from "../core/html.js";
import * as live from "../live/live.js";
import { send, typeOf } from "./upload.js";

const MOST_BYTES = 25 * 1024 * 1024;
const LOOK_AGAIN = 2000;
const LONG = 60000;
const COLUMN = "(max-width: 46rem) 100vw, 46rem";

const set = (photo, kind) => photo.sizes.map((size) => `${size[kind]} ${size.width}w`).join(", ");

// `sizes` says how wide the photo is on the page, so that the browser takes the smallest file that will do.
export const pictureOf = (photo, { sizes = COLUMN, lazy = true } = {}) => photo?.status === "ready" && html`
  <picture class="photo">
    <source type="image/webp" srcset="${set(photo, "url")}" sizes="${sizes}">
    <img src="${photo.sizes.at(-1).jpeg}" srcset="${set(photo, "jpeg")}" sizes="${sizes}" alt="${photo.alt}"
      width="${photo.width}" height="${photo.height}" decoding="async" loading="${lazy ? "lazy" : "eager"}">
  </picture>
`;

const frame = html`
  <fieldset class="photo-field">
    <legend>Photo</legend>
    <div class="photo-state" role="status"></div>
    <div class="dropzone">
      <label for="photo-file">Choose a photo</label>
      <input id="photo-file" type="file" accept="image/jpeg,image/png,image/webp,image/gif"
        aria-describedby="photo-hint">
      <p class="hint" id="photo-hint">JPEG, PNG, WebP or GIF, up to 25 MB. Choose one or drop it here.</p>
    </div>
    <div class="field">
      <label for="photo-alt">What it shows</label>
      <input id="photo-alt" type="text" maxlength="500" autocomplete="off"
        aria-describedby="photo-alt-hint photo-alt-error">
      <p class="hint" id="photo-alt-hint">For people who can't see it.</p>
      <p class="error" id="photo-alt-error"></p>
    </div>
  </fieldset>
`;

const percent = (part) => `${Math.floor(part * 100)} %`;

const sending = (name) => html`
  <p>Sending ${name}… <span class="number" id="photo-part"></span></p>
  <progress max="1" value="0" aria-label="Sending ${name}"></progress>
  <p><button type="button" class="button quiet small" data-photo="stop">Stop</button></p>
`;

const developing = (isLong) => html`
  <p>Preparing the photo…</p>
  <progress aria-label="Preparing the photo"></progress>
  ${isLong && html`<p><button type="button" class="button quiet small" data-photo="retry">Try again</button></p>`}
`;

const failed = (reason) => html`
  <p class="form-message failure">${reason}</p>
  <p class="photo-acts">
    <button type="button" class="button quiet small" data-photo="retry">Try again</button>
    <button type="button" class="button quiet small" data-photo="remove">Go on without a photo</button>
  </p>
`;

const ready = (photo) => html`
  ${pictureOf(photo, { lazy: false })}
  <p class="photo-acts"><button type="button" class="button quiet small" data-photo="remove">Remove the photo</button></p>
`;

class PhotoField {
  constructor({ photo, onChange, signal }) {
    this.photo = photo;
    this.onChange = onChange;
    this.signal = signal;
    this.element = element(frame);
    this.state = this.element.querySelector(".photo-state");
    this.alt = this.element.querySelector("#photo-alt");
    this.alt.value = photo?.alt ?? "";
    this.listen();
    this.show();
  }

  listen() {
    const { signal } = this;
    const file = this.element.querySelector("#photo-file");
    file.addEventListener("change", () => {
      if (file.files[0]) this.choose(file.files[0]);
      file.value = "";
    });
    watchDrops(this.element.querySelector(".dropzone"), (dropped) => this.choose(dropped));
    this.alt.addEventListener("change", () => this.describe());
    // Enter must not submit the form around the field.
    this.alt.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.describe();
    });
    this.element.addEventListener("click", ({ target }) => {
      const act = target.closest("[data-photo]")?.dataset.photo;
      if (act) this[act]();
    });
    live.on("photo", ({ photo }) => this.take(photo), signal);
  }

  // Only the latest choice counts: answers to earlier ones are ignored.
  begin() {
    this.upload?.abort();
    this.upload = new AbortController();
    return this.upload;
  }

  async choose(file) {
    const upload = this.begin();
    this.file = file;
    const type = await typeOf(file);
    if (upload !== this.upload) return;
    if (!type) this.fail(`${file.name} is not a JPEG, PNG, WebP or GIF.`);
    else if (file.size > MOST_BYTES) this.fail(`${file.name} is larger than 25 MB.`);
    else await this.sendUp(file, type, upload);
  }

  async sendUp(file, type, upload) {
    this.set(null);
    render(this.state, sending(file.name));
    try {
      const alt = this.alt.value.trim();
      const made = await addPhoto({ body: { name: file.name.slice(-200), type, size: file.size, alt } });
      const signal = AbortSignal.any([upload.signal, this.signal]);
      await send(made.upload, file, { onProgress: (part) => this.showProgress(part), signal });
      if (upload !== this.upload) return;
      this.file = null;
      this.follow({ id: made.id, status: "pending", version: 0, alt, sizes: [] });
    } catch (problem) {
      if (upload === this.upload && !this.signal.aborted) this.fail(problem.detail ?? problem.message);
    }
  }

  showProgress(part) {
    const number = this.state.querySelector("#photo-part");
    if (!number) return;
    number.textContent = percent(part);
    this.state.querySelector("progress").value = part;
  }

  // Updated by pushes, and by polling in case there is no socket.
  follow(photo) {
    this.since = Date.now();
    this.set(photo);
    this.lookLater(photo.id);
  }

  lookLater(id) {
    setTimeout(async () => {
      if (this.signal.aborted || this.photo?.id !== id || this.photo.status !== "pending") return;
      try {
        this.take(await getPhoto({ id }));
      } catch {
        // The next poll may succeed.
      }
      if (this.photo?.status === "pending") this.show();
      this.lookLater(id);
    }, LOOK_AGAIN);
  }

  take(photo) {
    if (photo.id !== this.photo?.id || photo.version <= this.photo.version) return;
    this.set(photo);
    if (photo.status === "ready" && this.alt.value.trim() !== photo.alt) this.describe();
  }

  set(photo) {
    const isSame = photo?.id === this.photo?.id && photo?.status === this.photo?.status;
    this.photo = photo;
    if (!isSame) this.show();
    this.onChange(photo);
  }

  show() {
    this.sayAlt("");
    if (!this.photo) render(this.state, html``);
    else if (this.photo.status === "failed") this.fail(this.photo.reason);
    else if (this.photo.status === "pending") render(this.state, developing(Date.now() - this.since > LONG));
    else {
      render(this.state, ready(this.photo));
      if (!this.alt.value.trim()) this.sayAlt("Describe the photo for people who can't see it.");
    }
  }

  fail(reason) {
    render(this.state, failed(reason));
  }

  sayAlt(text) {
    if (!text) this.alt.removeAttribute("aria-invalid");
    this.element.querySelector("#photo-alt-error").textContent = text;
  }

  async describe() {
    if (this.photo?.status !== "ready") return;
    const { id } = this.photo;
    try {
      this.take(await describePhoto({ id, body: { alt: this.alt.value.trim() } }));
      this.sayAlt("");
      this.state.querySelector("img")?.setAttribute("alt", this.photo?.alt ?? "");
    } catch (problem) {
      this.sayAlt(`The description was not saved. ${problem.detail}`);
    }
  }

  async retry() {
    if (!this.photo) {
      if (this.file) await this.choose(this.file);
      return;
    }
    const upload = this.begin();
    render(this.state, developing(false));
    try {
      const photo = await retryPhoto({ id: this.photo.id });
      if (upload === this.upload) this.follow(photo);
    } catch (problem) {
      if (upload === this.upload) this.fail(problem.detail);
    }
  }

  stop() {
    this.upload?.abort();
  }

  remove() {
    this.begin();
    this.file = null;
    this.set(null);
    this.show();
    this.element.querySelector("#photo-file").focus();
  }
}

// The field's element; calls `onChange` with each new state of the photo, or null. `signal` ends it with its page.
export const photoField = ({ photo = null, onChange = (_photo) => {}, signal }) =>
  new PhotoField({ photo, onChange, signal }).element;
