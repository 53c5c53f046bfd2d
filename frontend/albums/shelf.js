// The albums that this page knows: what the API gave, page by page, and over it what is not saved yet.

import { listAlbums } from "../core/api.js";
import { Paged } from "../core/paged.js";

const PAGE = 50;

export class Shelf extends Paged {
  constructor(given) {
    super({ list: (page) => listAlbums({ ...this.filter, ...page }), size: PAGE, ...given });
    this.changes = new Map();
    this.filter = {};
  }

  // The albums of before stay in sight until the new ones are here.
  open(filter = this.filter) {
    this.filter = filter;
    return super.open();
  }

  // A search may answer an empty page that has a next one.
  async page(from, signal) {
    const page = await super.page(from, signal);
    return page.items.length || !page.next ? page : this.page(page.next, signal);
  }

  // Whatever was here was found by another filter.
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

  // What the table shows, by rank: an album with a change of its own appears as changed.
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
