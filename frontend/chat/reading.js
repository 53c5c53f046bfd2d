// What counts as read: the newest message is in sight, and the person is at the page.

import { markRead } from "../core/api.js";
import { conversations } from "./conversations.js";

const AFTER = 400;

export class Reading {
  constructor({ thread, isAtEnd, signal }) {
    this.thread = thread;
    this.isAtEnd = isAtEnd;
    this.signal = signal;
    this.timer = null;
    // Something came that isn't marked yet, although it is in sight and not counted as unread.
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
      // It is tried again with whatever comes next.
      this.isBehind = true;
      this.timer = null;
    }
  }

  // What was seen is read, even where the page is left a moment later.
  leave() {
    if (this.timer) this.mark();
  }
}
