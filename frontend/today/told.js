// What the API tells of today: read as a whole, and changed by pushes in between.

import { getToday } from "../core/api.js";
import { today } from "../todos/due.js";

export class Told {
  constructor({ onChange, signal }) {
    this.onChange = onChange;
    this.signal = signal;
    this.state = "loading";
    this.next = null;
    this.problem = null;
    this.parts = null;
    // Changes made during a read: its answer may be older.
    this.meanwhile = [];
  }

  // What was told before stays where a part, or all of it, can't be read.
  async read() {
    this.meanwhile = [];
    try {
      const told = await getToday({ day: today(), signal: this.signal });
      this.parts = { ...this.parts, ...told };
      this.meanwhile.forEach((change) => change(this.parts));
      this.state = "ready";
    } catch (problem) {
      if (this.signal.aborted) return;
      this.problem = problem;
      this.state = this.parts ? "ready" : "failed";
    }
    this.onChange();
  }

  retry() {
    this.state = this.parts ? "ready" : "loading";
    this.onChange();
    return this.read();
  }

  // `alter` gets the part of this name and returns it as it is now.
  change(name, alter) {
    const change = (parts) => {
      if (parts[name]) parts[name] = alter(parts[name]);
    };
    this.meanwhile.push(change);
    if (this.parts) change(this.parts);
    this.onChange();
  }
}
