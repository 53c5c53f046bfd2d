// A to-do's files in its editor: shows them with their sizes, opens, detaches and attaches.

import { sizeText } from "../core/sizes.js";
import { html, render } from "../core/html.js";
import { MOST_FILES } from "./fields.js";

const UNREACHABLE = "Your folder can't be reached. Check your connection.";

export const attachedField = html`
  <fieldset class="attached" id="attached">
    <legend>Files</legend>
    <ul></ul>
    <p class="error" role="alert"></p>
    <button type="button" class="button quiet small" data-file="choose">Attach files…</button>
  </fieldset>
`;

const row = ({ key, name, size }) => html`
  <li>
    <button type="button" class="attached-name" data-file="open" data-key="${key}" aria-label="Open ${name}"
      >${name}</button>
    <span class="muted number">${sizeText(size)}</span>
    <button type="button" class="button quiet small" data-file="detach" data-key="${key}"
      aria-label="Detach ${name}">Detach</button>
  </li>
`;

export class Attached {
  constructor({ field, files, onChange, signal }) {
    this.field = field;
    this.files = files;
    this.onChange = onChange;
    this.signal = signal;
    field.addEventListener("click", ({ target }) => {
      const { file, key } = target.closest("[data-file]")?.dataset ?? {};
      if (file) this.act(file, key);
    });
    this.show();
  }

  show() {
    render(this.field.querySelector("ul"), html`${this.files.map(row)}`);
  }

  async act(name, key) {
    this.refuse("");
    try {
      if (name === "detach") this.detach(key);
      else if (name === "open") await this.folder().then(({ openFile }) => openFile(key));
      else await this.choose();
    } catch (problem) {
      this.refuse(problem.detail ?? UNREACHABLE);
    }
  }

  // The folder's code is only needed if there are files.
  folder() {
    return import("../files/choose.js");
  }

  async choose() {
    const { chooseFiles } = await this.folder();
    const chosen = await chooseFiles({ selected: this.files, signal: this.signal });
    if (chosen?.length > MOST_FILES) this.refuse(`A to-do can have at most ${MOST_FILES} files.`);
    else if (chosen) this.set(chosen.map(({ key, name, size }) => ({ key, name, size })));
  }

  detach(key) {
    this.set(this.files.filter((file) => file.key !== key));
    this.field.querySelector("[data-file=choose]").focus();
  }

  set(files) {
    this.files = files;
    this.show();
    this.onChange();
  }

  refuse(text) {
    this.field.querySelector(".error").textContent = text;
  }
}
