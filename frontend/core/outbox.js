// What has not arrived yet: kept in the tab until it has, under the client id that it is always sent with.

import { draftNames, dropDraft, readDraft, saveDraft } from "./drafts.js";
import { onSession } from "./session.js";
import { makeSignal } from "./signals.js";

// It may have arrived before the page was left; its client id makes sending it again harmless.
const stateAgain = ({ state }) => (state === "failed" ? "failed" : "waiting");

export class Outbox {
  // States: `waiting` to be sent, `sent` but not answered, `failed` until the person tries again.
  constructor(prefix) {
    this.prefix = prefix;
    this.items = new Map();
    this.changed = makeSignal();
    this.load();
    onSession(() => this.load());
    addEventListener("beforeunload", (event) => {
      if (this.all().some((item) => item.state !== "sent")) event.preventDefault();
    });
  }

  load() {
    const kept = draftNames(this.prefix).map(readDraft).filter(Boolean);
    this.items = new Map(kept.map((item) => [item.clientId, { ...item, state: stateAgain(item) }]));
    this.changed.tell();
  }

  add(text, more = {}) {
    const item = { clientId: crypto.randomUUID(), text, at: new Date().toISOString(), message: "", ...more };
    this.set(item.clientId, { ...item, state: "waiting" });
    return item.clientId;
  }

  get(clientId) {
    return this.items.get(clientId);
  }

  set(clientId, item) {
    this.items.set(clientId, item);
    saveDraft(this.prefix + clientId, item);
    this.changed.tell();
  }

  mark(clientId, state, message = "") {
    const item = this.items.get(clientId);
    if (item) this.set(clientId, { ...item, state, message });
  }

  drop(clientId) {
    if (!this.items.delete(clientId)) return;
    dropDraft(this.prefix + clientId);
    this.changed.tell();
  }

  all(state) {
    return [...this.items.values()].filter((item) => !state || item.state === state);
  }
}
