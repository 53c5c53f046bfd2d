// The person's texts, newest first: pages from the API, updated as the work goes on.

import { getSpeech, listSpeech } from "../core/api.js";
import { Paged } from "../core/paged.js";

const PAGE = 20;

export const isUnderWay = ({ status }) => !["ready", "failed"].includes(status);

export class Jobs extends Paged {
  // Calls `onEnd` with each text that becomes ready or fails while the page is open.
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

  // A push has only the status; texts and recordings are read from the API.
  hear(brief) {
    const known = this.items.get(brief.id);
    if (this.gone.has(brief.id)) return;
    const moved = known?.status !== brief.status;
    if (known && isUnderWay(brief)) this.put({ ...known, reason: undefined, ...brief });
    if (!known || moved) this.refresh(brief.id);
  }

  // If this fails, the next connection reads everything again.
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
