// The person's texts: what the API gave page by page, and how far each has come since, newest first.

import { getSpeech, listSpeech } from "../core/api.js";
import { Paged } from "../core/paged.js";

const PAGE = 20;

export const isUnderWay = ({ status }) => !["ready", "failed"].includes(status);

export class Jobs extends Paged {
  // `onEnd` is told of each that gets ready or fails while one looks on.
  constructor({ onEnd, ...given }) {
    super({ list: listSpeech, size: PAGE, ...given });
    this.onEnd = onEnd;
  }

  readMissed(signal) {
    return this.readAgain(signal, 1);
  }

  keep(job) {
    const before = this.items.get(job.id);
    super.keep(job);
    if (before && isUnderWay(before) && !isUnderWay(job)) this.onEnd(job);
  }

  // A push says how far it is; texts and the recording are read.
  hear(brief) {
    const known = this.items.get(brief.id);
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
}
