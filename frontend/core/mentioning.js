// Offers people after an "@" in a box to write in: arrow keys choose, Enter or a click inserts, Escape closes.

import { html, render } from "./html.js";
import { me } from "./me.js";
import { marked, nameOf } from "./mentions.js";

const MOST = 6;
const BEGUN = /(?:^|[\s(])@([^@\n]{0,40})$/u;

const isNamed = (person, typed) => {
  const name = nameOf(person).toLowerCase();
  return name.startsWith(typed) || name.split(" ").some((word) => word.startsWith(typed));
};

const option = (id) => (person, index) => html`
  <li role="option" id="${id}-${index}" aria-selected="${index === 0}" data-person="${person.id}">${nameOf(person)}</li>
`;

export const mentioning = (id) => html`
  <ul class="mention-list" id="${id}-people" role="listbox" aria-label="People to mention" hidden></ul>
  <p class="unseen" id="${id}-offered" role="status"></p>
`;

export class Mentioning {
  // `people` returns whom one may mention here.
  constructor({ box, people, signal }) {
    this.box = box;
    this.people = people;
    this.chosen = [];
    this.offered = [];
    this.list = document.getElementById(`${box.id.replace(/-text$/, "")}-people`);
    this.status = this.list.nextElementSibling;
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", this.list.id);
    box.addEventListener("input", () => this.offer(), { signal });
    box.addEventListener("keydown", (event) => this.onKey(event), { signal });
    box.addEventListener("blur", () => this.close(), { signal });
    // Not at the click: the box would lose the focus, and the list with it.
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const id = event.target.closest("[data-person]")?.dataset.person;
      if (id) this.choose(this.offered.find((person) => person.id === id));
    }, { signal });
  }

  // The text as it is sent.
  marked(text) {
    return marked(text, this.chosen, this.others());
  }

  others() {
    const others = this.people().filter(({ id, name }) => id !== me()?.id && name);
    return [...new Map(others.map((person) => [person.id, person])).values()];
  }

  begun() {
    const { value, selectionStart, selectionEnd } = this.box;
    return selectionStart === selectionEnd ? value.slice(0, selectionStart).match(BEGUN)?.[1] : undefined;
  }

  offer() {
    const typed = this.begun()?.toLowerCase();
    const found = typed === undefined ? [] : this.others().filter((person) => isNamed(person, typed)).slice(0, MOST);
    if (!found.length) {
      this.close();
      return;
    }
    this.offered = found;
    this.at = 0;
    render(this.list, html`${found.map(option(this.list.id))}`);
    this.list.hidden = false;
    this.status.textContent = `${found.length === 1 ? "1 person" : `${found.length} people`}: Enter mentions one.`;
    this.mark();
  }

  close() {
    if (!this.offered.length) return;
    this.offered = [];
    this.list.hidden = true;
    this.status.textContent = "";
    this.box.removeAttribute("aria-activedescendant");
  }

  mark() {
    [...this.list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === this.at)));
    this.box.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
  }

  onKey(event) {
    if (!this.offered.length || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.offered.length) % this.offered.length;
      this.mark();
    } else if (event.key === "Enter" || event.key === "Tab") this.choose(this.offered[this.at]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  choose(person) {
    const { selectionStart } = this.box;
    const from = selectionStart - this.begun().length;
    this.chosen.push(person);
    this.close();
    this.box.setRangeText(`${nameOf(person)} `, from, selectionStart, "end");
    this.box.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
