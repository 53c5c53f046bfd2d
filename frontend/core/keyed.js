// A list drawn by key: redraws only rows that look different, and keeps the focus. Nothing moves while the pointer is
// pressed: a row that slipped away from under it would lose the click.

/** @returns {any} The focused element, if it is in this row. */
const focusedIn = (row) => (row.contains(document.activeElement) ? document.activeElement : null);

// On a phone actions are in a sheet, and can't have the focus while it is closed.
const focusFirst = (places) => places.find((place) => place?.checkVisibility())?.focus({ preventScroll: true });

const replace = (old, fresh, home) => {
  const focused = focusedIn(old);
  const act = focused?.dataset.act ?? home;
  old.replaceWith(fresh);
  if (focused) focusFirst([`[data-act="${act}"]`, ".acts-more"].map((place) => fresh.querySelector(place)).concat(fresh));
};

export class Keyed {
  // `draw` turns an item into an element; `look` returns everything that the element shows. `again` shows what came
  // while a row was pressed, if the page does more than this list. `home` is the action that gets a row's focus.
  constructor({ list, draw, look = (item) => JSON.stringify(item), again = () => this.show(this.waiting), home = "" }) {
    this.list = list;
    this.draw = draw;
    this.look = look;
    this.again = again;
    this.home = home;
    this.drawn = new Map();
    this.held = false;
    this.waiting = null;
    list.addEventListener("pointerdown", () => this.hold());
  }

  hold() {
    if (this.held) return;
    this.held = true;
    const released = new AbortController();
    const release = () => setTimeout(() => {
      released.abort();
      this.release();
    });
    // The click comes after the release; show its effect at once.
    const click = () => { this.held = false; };
    const listen = (type, act) => addEventListener(type, act, { capture: true, signal: released.signal });
    listen("click", click);
    for (const end of ["pointerup", "pointercancel"]) listen(end, release);
  }

  release() {
    this.held = false;
    if (this.waiting) this.again();
  }

  // Every item has a `key`.
  show(items) {
    this.waiting = this.held ? items : null;
    if (this.held) return;
    this.forget(new Set(items.map((item) => item.key)));
    items.forEach((item) => this.update(item));
    items.forEach((item, index) => this.place(this.drawn.get(item.key).row, index));
  }

  row(key) {
    return this.drawn.get(key)?.row;
  }

  forget(kept) {
    for (const [key, { row }] of this.drawn) {
      if (kept.has(key)) continue;
      const focused = focusedIn(row);
      const neighbour = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      this.drawn.delete(key);
      if (focused) neighbour?.focus({ preventScroll: true });
    }
  }

  update(item) {
    const look = this.look(item);
    const drawn = this.drawn.get(item.key);
    if (drawn?.look === look) return;
    const row = this.draw(item);
    row.dataset.key = item.key;
    if (drawn) replace(drawn.row, row, this.home);
    this.drawn.set(item.key, { row, look });
  }

  place(row, index) {
    if (this.list.children[index] === row) return;
    const focused = focusedIn(row);
    this.list.insertBefore(row, this.list.children[index] ?? null);
    focused?.focus({ preventScroll: true });
  }
}
