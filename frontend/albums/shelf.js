// The albums on this page: pages from the API, overlaid with unsaved changes.

import { listAlbums } from "../core/api.js";
import { Paged } from "../core/paged.js";

const PAGE = 50;

export class Shelf extends Paged {
  constructor(given) {
    super({ list: (page) => listAlbums({ ...this.filter, ...page }), size: PAGE, ...given });
    this.changes = new Map();
    this.filter = {};
  }

  // The old albums stay visible until the new ones are here.
  open(filter = this.filter) {
    this.filter = filter;
    return super.open();
  }

  // A search may return an empty page that has a next one.
  async page(from, signal) {
    const page = await super.page(from, signal);
    return page.items.length || !page.next ? page : this.page(page.next, signal);
  }

  // What is here was found with another filter.
  forget() {
    this.items.clear();
  }

  settle(state, problem) {
    if (state === "failed" && this.state === "loading") this.items.clear();
    super.settle(state, problem);
  }

  compare(one, other) {
    return one.rank - other.rank;
  }

  setChange(change) {
    this.changes.set(change.key, change);
    this.onChange();
  }

  dropChange(key) {
    this.changes.delete(key);
    this.onChange();
  }

  // What the table shows, by rank, with unsaved changes applied.
  rows() {
    const rows = new Map(this.all().map((album) => [album.id, { key: album.id, album, change: null }]));
    for (const change of this.changes.values()) {
      rows.set(change.key, { key: change.key, album: { ...change.base, ...change.fields }, change });
    }
    return [...rows.values()].sort((one, other) => this.compare(one.album, other.album));
  }

  genres() {
    return [...new Set(this.all().map(({ genre }) => genre))];
  }
}
