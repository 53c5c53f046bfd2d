// What is in one folder: its files and folders, a page at a time, and kept up to date as it is changed.

import { byName, nameOf } from "./names.js";
import * as s3 from "./s3.js";

export class Listing {
  constructor({ prefix, onChange, signal }) {
    Object.assign(this, { prefix, onChange, signal });
    this.clear();
    this.state = "loading";
    this.visit = 0;
  }

  clear() {
    this.files = new Map();
    this.folders = new Set();
    this.next = null;
  }

  set(state, problem = null) {
    this.state = state;
    this.problem = problem;
    if (!this.signal.aborted) this.onChange();
  }

  // What is shown stays until the answer is there.
  async open() {
    const visit = (this.visit += 1);
    if (this.state !== "ready") this.set("loading");
    await this.read(visit, null, () => this.clear());
  }

  async more() {
    if (this.state !== "ready" || !this.next) return;
    const visit = this.visit;
    this.set("more");
    await this.read(visit, this.next, () => null);
  }

  async read(visit, after, prepare) {
    try {
      const page = await s3.list(this.prefix, { after, signal: this.signal });
      if (visit !== this.visit) return;
      prepare();
      this.take(page);
      this.set("ready");
    } catch (problem) {
      if (visit === this.visit) this.set("failed", problem);
    }
  }

  take({ files, folders, next }) {
    // The folder itself may be there as an empty object of its own.
    for (const file of files) if (file.key !== this.prefix) this.files.set(file.key, file);
    for (const key of folders) this.folders.add(key);
    this.next = next;
  }

  retry() {
    return this.open();
  }

  has(name) {
    return this.files.has(this.prefix + name) || this.folders.has(`${this.prefix}${name}/`);
  }

  drop(key) {
    this.files.delete(key);
    this.folders.delete(key);
    this.onChange();
  }

  rows() {
    const folders = [...this.folders].map((key) => ({ key, name: nameOf(key), isFolder: true }));
    const files = [...this.files.values()].map((file) => ({ ...file, name: nameOf(file.key), isFolder: false }));
    return [...folders.sort(byName), ...files.sort(byName)];
  }
}
