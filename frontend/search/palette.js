// The palette: one box, what it finds below, in groups. Pages and commands come at once, everything else from the server.

import { search } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { html, render } from "../core/html.js";
import { icon } from "../core/icons.js";
import { onSession } from "../core/session.js";
import { offered, run } from "./commands.js";
import { grouped, labelOf } from "./groups.js";
import { wordsOf } from "./words.js";

const PAUSE = 150;
const LIMIT = 40;
const MOST_PAGES = 3;
const LIST = "found";

const body = html`
  <div class="find-box">
    ${icon("find")}
    <button type="button" class="button quiet small" data-all hidden></button>
    <input type="text" role="combobox" aria-label="Find" aria-autocomplete="list" aria-expanded="true"
      aria-controls="${LIST}" placeholder="Find anything, or do something" maxlength="200" enterkeyhint="go"
      autocomplete="off" autocapitalize="none" spellcheck="false" autofocus>
  </div>
  <p class="muted find-state" role="status"></p>
  <div class="find-list" id="${LIST}" role="listbox" aria-label="Found"></div>
`;

const option = (item, number) => html`
  <a role="option" id="${LIST}-${number}" class="find-option" tabindex="-1" aria-selected="false"
    data-number="${number}" href="${item.url ?? "#"}">
    ${icon(item.area)}
    <span class="find-title">${item.title}</span>
    ${item.excerpt && html`<span class="find-excerpt">${item.excerpt}</span>`}
  </a>
`;

class Palette {
  constructor(features) {
    this.features = features;
    this.only = "";
    this.found = [];
    this.next = null;
    this.options = [];
    this.asked = new AbortController();
    this.box = openDialog({ title: "Find", body, kind: "palette" });
    this.input = this.box.dialog.querySelector("input");
    this.list = this.box.dialog.querySelector(`#${LIST}`);
    this.state = this.box.dialog.querySelector(".find-state");
    this.all = this.box.dialog.querySelector("[data-all]");
    this.listen();
    this.draw();
  }

  listen() {
    this.input.addEventListener("input", () => this.ask());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.all.addEventListener("click", () => this.choose({ only: "" }));
    this.list.addEventListener("pointermove", ({ target }) => this.select(target.closest("[data-number]")?.dataset.number));
    this.list.addEventListener("click", (event) => this.click(event));
    const open = new AbortController();
    // What it has found is for who was signed in.
    onSession(() => this.box.close(), open.signal);
    this.box.closed.then(() => {
      this.asked.abort();
      open.abort();
    });
  }

  press(event) {
    const last = this.options.length - 1;
    const moves = { ArrowDown: this.current + 1, ArrowUp: this.current - 1, PageDown: this.current + 5, PageUp: this.current - 5 };
    if (event.key in moves && last >= 0) {
      event.preventDefault();
      const wanted = moves[event.key];
      const isStep = event.key.startsWith("Arrow");
      this.select(isStep ? (wanted + last + 1) % (last + 1) : Math.min(Math.max(wanted, 0), last));
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.list.querySelector("[aria-selected=true]")?.click();
    } else if (event.key === "Backspace" && this.only && !this.input.value) this.choose({ only: "" });
  }

  click(event) {
    const chosen = event.target.closest("[data-number]");
    if (!chosen || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const item = this.options[Number(chosen.dataset.number)];
    if (item.url && new URL(item.url, location.href).hash !== location.hash) return void this.box.close();
    event.preventDefault();
    this.choose(item);
  }

  async choose(item) {
    if (item.further) return this.load({ after: this.next });
    if ("only" in item) {
      this.only = item.only;
      this.found = [];
      this.input.focus();
      return this.ask();
    }
    this.box.close();
    await this.box.closed;
    return run(item);
  }

  ask() {
    this.next = null;
    this.load({ pause: PAUSE });
    this.draw();
  }

  // What was asked before is given up; what it had found stays until there is something newer.
  async load({ pause = 0, after = null }) {
    this.asked.abort();
    const { signal } = (this.asked = new AbortController());
    const q = this.input.value;
    if (!wordsOf(q).length) {
      this.found = [];
      return this.draw();
    }
    await new Promise((resolve) => { setTimeout(resolve, pause); });
    if (signal.aborted) return null;
    try {
      const page = await this.pages({ q, after, signal });
      this.found = after ? [...this.found, ...page.items] : page.items;
      this.next = page.next;
      return this.draw("", { keep: Boolean(after) });
    } catch (problem) {
      return signal.aborted ? null : this.draw(problem.detail);
    }
  }

  // A page may be empty and not the last: but nobody waits for all of them.
  async pages({ q, after, signal }) {
    let page = { items: /** @type {any[]} */ ([]), next: after };
    for (let number = 0; number < MOST_PAGES && !page.items.length && (page.next || !number); number += 1) {
      page = await search({ q, kind: this.only, limit: LIMIT, after: page.next, signal });
    }
    return page;
  }

  draw(failure = "", { keep = false } = {}) {
    const q = this.input.value;
    const own = this.only ? [] : offered(this.features, q);
    const groups = grouped([...own, ...this.found], { only: this.only, more: this.next !== null });
    const at = keep ? this.current : 0;
    this.options = groups.flatMap(({ items }) => items);
    let number = -1;
    const numbered = (item) => { number += 1; return option(item, number); };
    render(this.list, html`${groups.map(({ kind, label, items }) => html`
      <div role="group" aria-labelledby="${LIST}-${kind}">
        <p class="find-label" id="${LIST}-${kind}" role="presentation">${label}</p>
        ${items.map(numbered)}
      </div>
    `)}`);
    this.all.hidden = !this.only;
    this.all.textContent = `${labelOf(this.only)} ×`;
    this.all.setAttribute("aria-label", `Only ${labelOf(this.only)}: show all`);
    this.say(failure || (this.options.length ? "" : "Nothing found."), q);
    this.select(at);
  }

  say(text, q) {
    this.state.textContent = text || (q.trim() ? `${this.options.length} found` : "");
    this.state.classList.toggle("unseen", !text);
  }

  select(number) {
    if (number === undefined || !this.options.length) {
      if (!this.options.length) this.input.removeAttribute("aria-activedescendant");
      return;
    }
    this.current = Number(number);
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    const chosen = this.list.querySelector(`[data-number="${this.current}"]`);
    chosen.setAttribute("aria-selected", "true");
    chosen.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", chosen.id);
  }
}

export const open = (features) => new Palette(features);
