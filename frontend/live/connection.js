// One socket from its ticket to its end: kept alive by pings, closed when it no longer answers.

import { createTicket } from "../core/api.js";
import { config } from "../core/config.js";

const OPEN_WITHIN = 15000;
// The gateway closes a socket after ten idle minutes.
const PING_EVERY = 5 * 60000;
const PONG_WITHIN = 10000;

const parsed = (text) => {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
};

const address = async () => {
  const { ticket } = await createTicket();
  return `${config().socket}?ticket=${encodeURIComponent(ticket)}`;
};

export class Connection {
  constructor({ onMessage, onEnd }) {
    this.onMessage = onMessage;
    this.onEnd = onEnd;
    this.isOpen = false;
    this.handlers = new AbortController();
  }

  async open() {
    this.socket = new WebSocket(await address());
    await this.opened();
    this.isOpen = true;
    this.openedAt = Date.now();
    const { signal } = this.handlers;
    this.socket.addEventListener("message", ({ data }) => this.hear(parsed(data)), { signal });
    this.socket.addEventListener("close", () => this.end(), { signal });
    this.heard();
  }

  opened() {
    return new Promise((resolve, reject) => {
      const opening = new AbortController();
      const settle = (done) => () => {
        opening.abort();
        clearTimeout(late);
        done();
      };
      const refuse = settle(() => {
        this.close();
        reject(new Error("The socket did not open."));
      });
      const late = setTimeout(refuse, OPEN_WITHIN);
      this.socket.addEventListener("close", refuse, { signal: opening.signal });
      this.socket.addEventListener("open", settle(resolve), { signal: opening.signal });
    });
  }

  get age() {
    return Date.now() - this.openedAt;
  }

  get silence() {
    return Date.now() - this.heardAt;
  }

  send(message) {
    if (!this.isOpen || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  hear(message) {
    this.heard();
    if (message.type && message.type !== "pong") this.onMessage(message);
  }

  // Any message is a sign of life; after a silence, ping.
  heard() {
    this.heardAt = Date.now();
    this.stopTimers();
    // Jitter, so that not all sockets ping at the same moment.
    this.nextPing = setTimeout(() => this.check(), PING_EVERY * (0.9 + 0.1 * Math.random()));
  }

  check() {
    this.stopTimers();
    this.watchdog = setTimeout(() => this.end(), PONG_WITHIN);
    this.send({ action: "ping" });
  }

  stopTimers() {
    clearTimeout(this.nextPing);
    clearTimeout(this.watchdog);
  }

  close() {
    this.isOpen = false;
    this.stopTimers();
    this.handlers.abort();
    this.socket?.close();
  }

  // The browser never reports a dead connection as closed, so we report its end ourselves.
  end() {
    this.close();
    this.onEnd(this);
  }
}
