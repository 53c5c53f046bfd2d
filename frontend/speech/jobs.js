// The person's texts: what the API gave page by page, and how far each has come since, newest first.

import { getSpeech, listSpeech } from "../core/api.js";

const PAGE = 20;

export const isUnderWay = ({ status }) => !["ready", "failed"].includes(status);

export class Jobs {
  // `onEnd` is told of each that gets ready or fails while one looks on.
  constructor({ onChange, onEnd, signal }) {
    this.onChange = onChange;
    this.onEnd = onEnd;
    this.signal = signal;
    this.jobs = new Map();
    this.gone = new Set();
    this.next = null;
    this.state = "loading";
    this.problem = null;
  }

  all() {
    return [...this.jobs.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
  }

  open() {
    this.state = "loading";
    return this.read(null);
  }

  older() {
    if (this.state !== "ready" || !this.next) return null;
    this.state = "more";
    return this.read(this.next);
  }

  retry() {
    this.state = this.jobs.size ? "more" : "loading";
    return this.read(this.jobs.size ? this.next : null);
  }

  async read(after) {
    this.problem = null;
    this.onChange();
    try {
      const page = await listSpeech({ limit: PAGE, after, signal: this.signal });
      page.items.forEach((job) => this.keep(job));
      this.next = page.next;
      this.state = "ready";
    } catch (problem) {
      if (this.signal.aborted) return;
      this.state = "failed";
      this.problem = problem;
    }
    this.onChange();
  }

  keep(job) {
    if (this.gone.has(job.id)) return;
    const before = this.jobs.get(job.id);
    this.jobs.set(job.id, job);
    if (before && isUnderWay(before) && !isUnderWay(job)) this.onEnd(job);
  }

  put(job) {
    this.keep(job);
    this.onChange();
  }

  drop(id) {
    this.gone.add(id);
    if (this.jobs.delete(id)) this.onChange();
  }

  // A push says how far it is; texts and the recording are read.
  hear(brief) {
    const known = this.jobs.get(brief.id);
    if (this.gone.has(brief.id)) return;
    const moved = known?.status !== brief.status;
    if (known && isUnderWay(brief)) this.put({ ...known, reason: undefined, ...brief });
    if (!known || moved) this.refresh(brief.id);
  }

  // What fails now is read with everything else, at the next connection.
  async refresh(id) {
    try {
      const job = await getSpeech({ id, signal: this.signal });
      this.put(job);
      return job;
    } catch (problem) {
      if (problem.status === 404) this.drop(id);
      return null;
    }
  }

  async catchUp() {
    if (this.state === "loading" || (this.state === "failed" && !this.jobs.size)) return this.open();
    try {
      const page = await listSpeech({ limit: PAGE, signal: this.signal });
      this.forgetAllBut(page);
      page.items.forEach((job) => this.keep(job));
      return this.onChange();
    } catch {
      return null;
    }
  }

  // Those that should be on this page and are not were deleted elsewhere.
  forgetAllBut({ items, next }) {
    const there = new Set(items.map(({ id }) => id));
    const oldest = next ? items.at(-1).id : "";
    this.all().filter(({ id }) => id >= oldest && !there.has(id)).forEach(({ id }) => this.jobs.delete(id));
  }
}
