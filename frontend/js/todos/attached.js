// The files of a to-do in its editor: shown with their size, opened, detached, and more of them chosen.

import { html, render } from "../html.js";
import { MOST_FILES } from "./fields.js";

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

export const sizeName = (size) => {
  const power = Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), UNITS.length - 1);
  const number = size / 1000 ** power;
  return `${power && number < 10 ? number.toFixed(1) : Math.round(number)} ${UNITS[power]}`;
};

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
    <span class="muted number">${sizeName(size)}</span>
    <button type="button" class="button quiet small" data-file="detach" data-key="${key}"
      aria-label="Detach ${name}">Detach</button>
  </li>
`;

export class Attached {
  constructor({ field, files, onChange }) {
    this.field = field;
    this.files = files;
    this.onChange = onChange;
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
      this.refuse(problem.message);
    }
  }

  // Only who has files needs the folder.
  folder() {
    return import("../files/choose.js");
  }

  async choose() {
    const { chooseFiles } = await this.folder();
    const chosen = await chooseFiles({ selected: this.files });
    if (chosen?.length > MOST_FILES) this.refuse(`No more than ${MOST_FILES} files fit on a to-do.`);
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
