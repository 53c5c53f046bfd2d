// Moves a row of a list: by dragging its handle with mouse, pen or finger; with the arrow keys once the handle is
// pressed, or with Alt at any time; or with the two buttons that a pressed handle shows.

const DRAG_FROM = 4;
const EDGE = 72;
const MOST_SPEED = 16;

const KEYS = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };

const ON_HANDLE = "[data-act=move], [data-step]";

const isMovable = (row) => row?.querySelector("[data-act=move]") ? row : null;

const middle = (row) => {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
};

export class Moving {
  // Calls `onMove` with the key of the row and that of the one now before it, and `onEnd` when the move is over.
  constructor({ list, onMove, onEnd, say, signal }) {
    this.list = list;
    this.onMove = onMove;
    this.onEnd = onEnd;
    this.say = say;
    this.row = null;
    this.drag = null;
    const listen = (name, listener) => list.addEventListener(name, listener, { signal });
    listen("pointerdown", (event) => this.press(event));
    listen("pointermove", (event) => this.pull(event));
    listen("pointerup", () => this.release());
    listen("pointercancel", () => this.release(true));
    listen("click", (event) => this.click(event));
    listen("keydown", (event) => this.key(event));
    listen("focusout", (event) => this.leave(event));
    signal.addEventListener("abort", () => this.end());
  }

  get isActive() {
    return this.row !== null;
  }

  get title() {
    return this.row.querySelector(".todo-title").textContent;
  }

  get place() {
    const rows = [...this.list.children].filter(isMovable);
    return `${rows.indexOf(this.row) + 1} of ${rows.length}`;
  }

  get index() {
    return [...this.list.children].indexOf(this.row);
  }

  lift(row) {
    this.row = row;
    this.from = this.index;
    row.classList.add("lifted");
  }

  grab(row) {
    this.lift(row);
    row.querySelector("[data-act=move]").setAttribute("aria-pressed", "true");
    row.classList.add("grabbed");
    this.say(`“${this.title}” picked up, place ${this.place}. Arrow keys move it, Space drops it, Escape puts it back.`);
  }

  // Moves the other rows around it: an element taken out would lose the focus and the pointer.
  step(by) {
    const { row } = this;
    const other = isMovable(by < 0 ? row.previousElementSibling : row.nextElementSibling);
    if (!other) return false;
    this.list.insertBefore(other, by < 0 ? row.nextElementSibling : row);
    return true;
  }

  steps(by) {
    for (let count = 0; count < Math.abs(by) && this.step(by); count += 1);
    this.row.scrollIntoView({ block: "nearest" });
  }

  drop() {
    const { key } = this.row.dataset;
    const before = this.row.previousElementSibling?.dataset.key ?? null;
    if (this.index === this.from) this.say(`“${this.title}” stays at place ${this.place}.`);
    else {
      this.say(`“${this.title}” is now at place ${this.place}.`);
      this.onMove(key, before);
    }
    this.end();
  }

  cancel() {
    while (this.index !== this.from && this.step(this.from - this.index));
    this.say(`“${this.title}” is back at place ${this.place}.`);
    this.end();
  }

  end() {
    const { row, drag } = this;
    this.row = this.drag = null;
    cancelAnimationFrame(drag?.frame);
    if (!row) return;
    row.classList.remove("lifted", "grabbed", "dragged");
    row.style.removeProperty("translate");
    row.querySelector("[data-act=move]").setAttribute("aria-pressed", "false");
    this.onEnd();
  }

  click({ target, detail }) {
    const row = target.closest("li");
    const by = Number(target.closest("[data-step]")?.dataset.step ?? 0);
    if (by && row === this.row) {
      this.steps(by);
      this.say(`Place ${this.place}.`);
    }
    const handle = target.closest("[data-act=move]");
    if (!handle || handle.getAttribute("aria-disabled")) return;
    // A drag ends with a click, too; a click by keyboard has no detail.
    if (this.wasDragged && detail) return;
    if (row === this.row) this.drop();
    else this.grab(row);
  }

  key(event) {
    if (event.key === "Escape" && this.row) {
      event.preventDefault();
      this.cancel();
      return;
    }
    const by = KEYS[event.key];
    const row = isMovable(event.target.closest("li"));
    const isOnHandle = this.row && event.target.closest(ON_HANDLE);
    if (!by || !row || !(event.altKey || isOnHandle)) return;
    event.preventDefault();
    if (this.row) {
      this.steps(by);
      this.say(`Place ${this.place}.`);
      return;
    }
    this.lift(row);
    this.steps(by);
    this.drop();
  }

  leave({ relatedTarget }) {
    if (!this.row || this.drag) return;
    const next = relatedTarget?.closest(ON_HANDLE);
    if (!next || !this.row.contains(next)) this.drop();
  }

  press(event) {
    const handle = event.target.closest("[data-act=move]");
    this.wasDragged = false;
    if (!handle || event.button !== 0 || handle.getAttribute("aria-disabled")) return;
    if (this.row) return;
    const row = handle.closest("li");
    handle.setPointerCapture(event.pointerId);
    this.drag = { row, y: event.clientY, from: event.clientY, grip: event.clientY - row.getBoundingClientRect().top };
  }

  pull(event) {
    const { drag } = this;
    if (!drag) return;
    drag.y = event.clientY;
    if (!this.row) {
      if (Math.abs(drag.y - drag.from) < DRAG_FROM) return;
      this.lift(drag.row);
      drag.row.classList.add("dragged");
      this.wasDragged = true;
      this.scroll();
    }
    this.follow();
  }

  // The row follows the pointer, and passes another one when it covers half of it.
  follow() {
    const { row, drag } = this;
    row.style.removeProperty("translate");
    const height = row.offsetHeight;
    const top = drag.y - drag.grip;
    const isAbove = () => isMovable(row.previousElementSibling) && top < middle(row.previousElementSibling);
    const isBelow = () => isMovable(row.nextElementSibling) && top + height > middle(row.nextElementSibling);
    while (isAbove()) this.step(-1);
    while (isBelow()) this.step(1);
    row.style.translate = `0 ${top - row.getBoundingClientRect().top}px`;
  }

  // Scrolls the page when the pointer is near the window's edge.
  scroll() {
    const { drag } = this;
    if (!drag) return;
    const over = Math.min(drag.y - EDGE, 0) + Math.max(drag.y - (innerHeight - EDGE), 0);
    if (over) {
      scrollBy(0, Math.max(-MOST_SPEED, Math.min(MOST_SPEED, over / 4)));
      this.follow();
    }
    drag.frame = requestAnimationFrame(() => this.scroll());
  }

  release(isCancelled = false) {
    const { drag } = this;
    if (!drag) return;
    if (!this.row) this.drag = null;
    else if (isCancelled) this.cancel();
    else this.drop();
  }
}
