// Several rows at once: which are picked, and what can be done with all of them.

import { html } from "../core/html.js";

export const pickedBar = html`
  <div class="picked" id="picked" role="group" aria-label="What is selected" hidden>
    <p role="status" id="picked-count"></p>
    <button type="button" class="button quiet small" data-picked="move">Move</button>
    <button type="button" class="button quiet small" data-picked="remove">Delete</button>
    <button type="button" class="button quiet small" data-picked="none">Clear</button>
  </div>
`;

export class Picking {
  constructor({ main, rows, act, onChange }) {
    this.keys = new Set();
    this.rows = rows;
    this.bar = main.querySelector("#picked");
    this.list = main.querySelector("#files");
    this.list.addEventListener("change", ({ target }) => {
      if (!target.matches("[data-pick]")) return;
      this.keys[target.checked ? "add" : "delete"](target.closest("li").dataset.key);
      onChange();
    });
    this.bar.addEventListener("click", ({ target }) => {
      const wanted = target.closest("[data-picked]")?.dataset.picked;
      if (wanted === "none") this.clear();
      else if (wanted) act(wanted, this.all());
      if (wanted === "none") onChange();
    });
  }

  has(key) {
    return this.keys.has(key);
  }

  all() {
    return this.rows().filter(({ key }) => this.keys.has(key));
  }

  clear() {
    this.keys.clear();
  }

  // Those that are gone are picked no more.
  show() {
    const all = this.all();
    this.keys = new Set(all.map(({ key }) => key));
    for (const box of this.list.querySelectorAll("[data-pick]")) box.checked = this.keys.has(box.closest("li").dataset.key);
    this.bar.hidden = all.length === 0;
    const text = all.length ? `${all.length} selected` : "";
    const count = this.bar.querySelector("#picked-count");
    if (count.textContent !== text) count.textContent = text;
  }
}
