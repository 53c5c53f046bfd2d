// The albums that this page knows: what the API gave, page by page, and over it what is not saved yet.

import { listAlbums } from "../core/api.js";

const PAGE = 50;

export class Shelf {
  constructor({ onChange, signal }) {
    this.onChange = onChange;
    this.signal = signal;
    this.changes = new Map();
    this.reading = new AbortController();
    this.albums = new Map();
    this.begin({});
  }

  begin(filter) {
    this.filter = filter;
    this.next = null;
    this.state = "loading";
    this.problem = null;
  }

  // The albums of before stay in sight until the new ones are here.
  open(filter) {
    this.begin(filter);
    return this.read();
  }

  more() {
    if (this.state !== "ready" || !this.next) return null;
    this.state = "more";
    return this.read();
  }

  retry() {
    this.state = this.albums.size ? "more" : "loading";
    return this.read();
  }

  // A later reading replaces one that is still under way.
  async read() {
    this.reading.abort();
    const reading = (this.reading = new AbortController());
    const signal = AbortSignal.any([this.signal, reading.signal]);
    this.problem = null;
    this.onChange();
    try {
      await this.readUntilFound(signal);
      this.state = "ready";
    } catch (problem) {
      if (signal.aborted) return;
      if (this.state === "loading") this.albums.clear();
      this.state = "failed";
      this.problem = problem;
    }
    if (!signal.aborted) this.onChange();
  }

  // A search may answer an empty page that has a next one.
  async readUntilFound(signal) {
    let found = 0;
    let isFirst = this.state === "loading";
    do {
      const page = await listAlbums({ ...this.filter, limit: PAGE, after: this.next, signal });
      signal.throwIfAborted();
      if (isFirst) this.albums.clear();
      isFirst = false;
      page.items.forEach((album) => this.albums.set(album.id, album));
      this.next = page.next;
      found += page.items.length;
    } while (found === 0 && this.next);
  }

  put(album) {
    this.albums.set(album.id, album);
    this.onChange();
  }

  drop(id) {
    this.albums.delete(id);
    this.onChange();
  }

  setChange(change) {
    this.changes.set(change.key, change);
    this.onChange();
  }

  dropChange(key) {
    this.changes.delete(key);
    this.onChange();
  }

  // What the table shows, by rank: an album with a change of its own appears as changed.
  rows() {
    const rows = new Map([...this.albums.values()].map((album) => [album.id, { key: album.id, album, change: null }]));
    for (const change of this.changes.values()) {
      rows.set(change.key, { key: change.key, album: { ...change.base, ...change.fields }, change });
    }
    return [...rows.values()].sort((one, other) => one.album.rank - other.album.rank);
  }

  genres() {
    return [...new Set([...this.albums.values()].map((album) => album.genre))];
  }
}
