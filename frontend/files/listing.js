// The files and folders in one folder, read a page at a time and kept up to date.

import { Paged } from "../core/paged.js";
import { root } from "./credentials.js";
import { byName, nameOf } from "./names.js";
import * as s3 from "./s3.js";

const row = (key, isFolder, more) => ({ ...more, id: key, key, name: nameOf(key), isFolder });

export class Listing extends Paged {
  constructor({ path, ...given }) {
    super({ list: (page) => this.readPage(page), ...given });
    this.path = path;
    this.prefix = null;
  }

  go(path) {
    this.clear();
    this.path = path;
    return this.open();
  }

  // Only the identity pool knows the person's prefix.
  async readPage({ after, signal }) {
    this.root = await root();
    this.prefix = this.root + this.path;
    const { files, folders, next } = await s3.list(this.prefix, { after, signal });
    // The folder itself may be listed as an empty object.
    const inside = files.filter(({ key }) => key !== this.prefix).map((file) => row(file.key, false, file));
    return { items: [...folders.map((key) => row(key, true)), ...inside], next };
  }

  // As S3 lists them.
  compare(one, other) {
    return one.key < other.key ? -1 : 1;
  }

  // A name can be used again.
  drop(key) {
    this.items.delete(key);
    this.onChange();
  }

  // Folders first, each kind by name.
  rows() {
    return this.all().sort((one, other) => other.isFolder - one.isFolder || byName(one, other));
  }
}
