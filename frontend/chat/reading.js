// When messages count as read: the newest one is visible, and the person is on the page.

import { markRead } from "../core/api.js";
import { conversations } from "./conversations.js";

const AFTER = 400;

export class Reading {
  constructor({ thread, isAtEnd, signal }) {
    this.thread = thread;
    this.isAtEnd = isAtEnd;
    this.signal = signal;
    this.timer = null;
    // A visible message, not counted as unread, has not been marked as read yet.
    this.isBehind = false;
    this.markedId = null;
    conversations.isWatched = (id) => id === thread.id && this.canSee();
    addEventListener("focus", () => this.check(), { signal });
    document.addEventListener("visibilitychange", () => this.check(), { signal });
    signal.addEventListener("abort", () => this.leave());
  }

  canSee() {
    return !this.signal.aborted && this.isAtEnd() && document.visibilityState === "visible" && document.hasFocus();
  }

  came() {
    this.isBehind = true;
  }

  check() {
    if (!this.timer && this.isDue() && this.canSee()) this.timer = setTimeout(() => this.mark(), AFTER);
  }

  isDue() {
    const newest = this.thread.newest();
    if (!newest || newest.id === this.markedId) return false;
    return this.isBehind || (conversations.get(this.thread.id)?.unread ?? 0) > 0;
  }

  async mark() {
    clearTimeout(this.timer);
    const { id } = this.thread;
    const newest = this.thread.newest();
    this.isBehind = false;
    try {
      await markRead({ id, body: { messageId: newest.id } });
      this.markedId = newest.id;
      conversations.readUpTo(id, newest.id, newest.at);
      this.timer = null;
      this.check();
    } catch {
      // The next message tries again.
      this.isBehind = true;
      this.timer = null;
    }
  }

  // What was seen counts as read, even if the page is left a moment later.
  leave() {
    if (this.timer) this.mark();
  }
}
