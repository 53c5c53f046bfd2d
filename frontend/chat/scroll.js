// Keeps the reading position when messages appear above or below; at the end, follows new ones.

const NEAR = 60;

export class Scroll {
  constructor({ pane, rows, onScroll, signal }) {
    this.pane = pane;
    this.rows = rows;
    this.isAtEnd = true;
    pane.addEventListener("scroll", () => {
      this.isAtEnd = this.distance() < NEAR;
      onScroll();
    }, { signal, passive: true });
    // The pane's height changes with the box below it, and with a phone's keyboard.
    const watcher = new ResizeObserver(() => this.isAtEnd && this.toEnd());
    watcher.observe(pane);
    signal.addEventListener("abort", () => watcher.disconnect());
  }

  distance() {
    return this.pane.scrollHeight - this.pane.scrollTop - this.pane.clientHeight;
  }

  isNearTop() {
    return this.pane.scrollTop < this.pane.clientHeight;
  }

  toEnd() {
    this.isAtEnd = true;
    this.pane.scrollTop = this.pane.scrollHeight;
  }

  // `draw` changes the list.
  keeping(draw) {
    const anchor = this.isAtEnd ? null : this.anchor();
    draw();
    if (!anchor) this.toEnd();
    else this.pane.scrollTop += this.topOf(anchor.key) - anchor.top;
  }

  anchor() {
    const top = this.pane.getBoundingClientRect().top;
    const row = [...this.pane.querySelectorAll(".message")].find((one) => one.getBoundingClientRect().bottom > top);
    return row && { key: row.dataset.key, top: row.getBoundingClientRect().top };
  }

  topOf(key) {
    return this.rows.row(key)?.getBoundingClientRect().top ?? 0;
  }
}
