// The upload of one file: in one piece, or in parts that survive a lost network and a reload.

import * as clock from "./clock.js";
import { FolderError } from "./failures.js";
import { dropUpload, holding, keepUpload } from "./kept.js";
import { untilAnswered } from "./patience.js";
import * as s3 from "./s3.js";
import { each, makeTurns } from "./waiting.js";

export const PART = 8 * 1024 * 1024;
const MOST_PARTS = 10000;
const PARTS_AT_ONCE = 3;
const REQUESTS_AT_ONCE = 4;
const MOST_STARTS = 2;
// A slightly wrong clock must not make our own upload look older than its start.
const TOLERANCE = 5000;

const turn = makeTurns(REQUESTS_AT_ONCE);

const partSizeFor = (size) => Math.max(PART, Math.ceil(size / MOST_PARTS));

const bytesOf = async (blob) => {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch {
    throw new FolderError("Unreadable");
  }
};

export class Transfer {
  // `isNew` refuses to overwrite; `kept` is an upload in parts to resume.
  constructor({ file, key, owner, isNew, kept = null, signal, onProgress, onWaiting }) {
    this.file = file;
    this.key = key;
    this.owner = owner;
    this.isNew = isNew;
    this.kept = kept;
    this.signal = signal;
    this.onProgress = onProgress;
    this.onWaiting = onWaiting;
    this.beganAt = kept ? Date.parse(kept.at) : clock.now();
    this.loaded = new Map();
  }

  run() {
    return this.file.size <= PART && !this.kept ? this.inOnePiece() : this.inParts();
  }

  progress(number, loaded) {
    this.loaded.set(number, loaded);
    let sum = 0;
    for (const bytes of this.loaded.values()) sum += bytes;
    this.onProgress(Math.min(sum, this.file.size));
  }

  untilAnswered(work) {
    return untilAnswered(work, { signal: this.signal, onWaiting: () => this.onWaiting(true) });
  }

  // Recognises our own upload if only its answer was lost: it is neither a clash nor a failure.
  async wasStored() {
    const there = await this.untilAnswered(() => s3.find(this.key, { signal: this.signal }));
    return there?.size === this.file.size && Date.parse(there.at) >= this.beganAt - TOLERANCE;
  }

  async unlessStored(work) {
    try {
      await work();
    } catch (error) {
      const isLate = error.code === "PreconditionFailed" || error.code === "NoSuchUpload";
      if (!isLate || !(await this.wasStored())) throw error;
    }
  }

  send(number, work) {
    const onProgress = (loaded) => {
      this.onWaiting(false);
      this.progress(number, loaded);
    };
    return this.untilAnswered(() => turn(() => work({ signal: this.signal, onProgress })));
  }

  async inOnePiece() {
    const { key, file, isNew } = this;
    await this.unlessStored(() => this.send(1, async (how) => {
      await s3.put(key, await bytesOf(file), { type: file.type, isNew, ...how });
    }));
  }

  async inParts() {
    for (let starts = 1; ; starts += 1) {
      const upload = (this.kept ??= await (this.beginning = this.begin()));
      try {
        await holding(upload.uploadId, (isOurs) => {
          if (!isOurs) throw new FolderError("Elsewhere");
          return this.unlessStored(() => this.fill(upload));
        });
        dropUpload(this.owner, upload.uploadId);
        return;
      } catch (error) {
        // The bucket has discarded it, as it does with old uploads: start again, once.
        if (error.code !== "NoSuchUpload" || starts === MOST_STARTS) throw error;
        this.forgetParts();
      }
    }
  }

  async begin() {
    const { name, size, lastModified, type } = this.file;
    const at = new Date(clock.now()).toISOString();
    // Not abortable: an upload whose id is lost could never be ended.
    const uploadId = await this.untilAnswered(() => s3.beginParts(this.key, { type }));
    const { key, isNew } = this;
    const upload = { key, uploadId, name, size, lastModified, partSize: partSizeFor(size), isNew, at };
    keepUpload(this.owner, upload);
    this.isFresh = true;
    return upload;
  }

  forgetParts() {
    dropUpload(this.owner, this.kept.uploadId);
    this.kept = null;
    this.loaded.clear();
  }

  ranges({ partSize }) {
    const { size } = this.file;
    return Array.from({ length: Math.ceil(size / partSize) }, (_, index) => {
      const start = index * partSize;
      return { number: index + 1, start, end: Math.min(start + partSize, size) };
    });
  }

  async there({ key, uploadId }) {
    if (this.isFresh) return new Map();
    const parts = await this.untilAnswered(() => s3.listParts(key, uploadId, { signal: this.signal }));
    return new Map(parts.map((part) => [part.number, part]));
  }

  async fill(upload) {
    const there = await this.there(upload);
    this.isFresh = false;
    const parts = await each(this.ranges(upload), PARTS_AT_ONCE, (range) => this.part(upload, range, there));
    const { key, isNew, signal } = this;
    await this.untilAnswered(() => s3.endParts(key, upload.uploadId, parts, { isNew, signal }));
  }

  async part({ key, uploadId }, { number, start, end }, there) {
    const found = there.get(number);
    if (found?.size === end - start) {
      this.progress(number, found.size);
      return found;
    }
    const etag = await this.send(number, async (how) =>
      s3.putPart(key, uploadId, number, await bytesOf(this.file.slice(start, end)), how));
    this.progress(number, end - start);
    return { number, etag };
  }

  // A cancelled upload leaves nothing behind.
  async cleanUp() {
    const begun = this.kept ?? (await this.beginning?.catch(() => null));
    if (!begun) return;
    const { key, uploadId } = begun;
    dropUpload(this.owner, uploadId);
    await s3.dropParts(key, uploadId);
  }
}
