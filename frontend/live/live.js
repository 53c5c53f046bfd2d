// The page's one socket: open while somebody is signed in, reopened whenever it is lost.

import { config } from "../core/config.js";
import { isSignedIn, onSession } from "../core/session.js";
import { makeSignal } from "../core/signals.js";
import { Connection } from "./connection.js";

const FIRST_DELAY = 1000;
const MOST_DELAY = 30000;
const STABLE = 30000;
const QUIET = 30000;
// The gateway closes every socket after two hours; a new one takes over before that.
const RENEW_AFTER = 110 * 60000;
const RENEW_AGAIN = 60000;

const pushed = new Map();
const catchUps = new Set();
const changed = makeSignal();

let current = null;
let opening = null;
let tries = 0;
let retryTimer = null;
let renewTimer = null;

const isWanted = () => isSignedIn() && Boolean(config()?.socket);

export const state = () => {
  if (!isWanted()) return "off";
  return current ? "open" : "connecting";
};

export const isOpen = () => current !== null;

// Fires whenever the socket is opened, lost or given up.
export const onState = changed.listen;

export const on = (type, listener, signal) => {
  if (!pushed.has(type)) pushed.set(type, makeSignal());
  pushed.get(type).listen(listener, signal);
};

// `catchUp` reads what was missed; an older socket is closed only after it.
export const onConnect = (catchUp, signal) => {
  catchUps.add(catchUp);
  signal?.addEventListener("abort", () => catchUps.delete(catchUp));
};

export const send = (message) => current?.send(message) ?? false;

const later = (delay) => {
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, delay);
};

// Full jitter, so that many clients cut off together don't come back together.
const backOff = () => {
  const most = Math.min(MOST_DELAY, FIRST_DELAY * 2 ** tries);
  tries += 1;
  later(most * (0.2 + 0.8 * Math.random()));
};

const onEnd = (connection) => {
  if (connection !== current) return;
  current = null;
  clearTimeout(renewTimer);
  changed.tell(state());
  if (connection.age > STABLE) tries = 0;
  if (isWanted()) backOff();
};

// A socket that no longer belongs to anybody is useless: open another one.
const isDisowned = ({ type, status }) => type === "error" && status === 401;

const onMessage = (message) => {
  pushed.get(message.type)?.tell(message);
  if (isDisowned(message)) current?.end();
};

const renewLater = (delay) => {
  clearTimeout(renewTimer);
  renewTimer = setTimeout(renew, delay);
};

const take = async (fresh) => {
  const old = current;
  current = fresh;
  renewLater(RENEW_AFTER * (0.9 + 0.1 * Math.random()));
  changed.tell(state());
  await Promise.allSettled([...catchUps].map((catchUp) => catchUp()));
  old?.close();
};

// One at a time; null if the person signed out or changed while it was opening.
const openOne = async () => {
  const attempt = (opening = new Connection({ onMessage, onEnd }));
  try {
    await attempt.open();
    if (opening === attempt) return attempt;
    attempt.close();
    return null;
  } finally {
    if (opening === attempt) opening = null;
  }
};

async function connect() {
  if (opening || current || !isWanted()) return;
  clearTimeout(retryTimer);
  try {
    const fresh = await openOne();
    if (fresh) await take(fresh);
  } catch {
    if (isWanted() && !current && !opening) backOff();
  }
}

// While both sockets are open, pushes come twice; pages show them once.
async function renew() {
  if (opening || !current) return;
  try {
    const fresh = await openOne();
    if (fresh) await take(fresh);
  } catch {
    renewLater(RENEW_AGAIN);
  }
}

const close = () => {
  clearTimeout(retryTimer);
  clearTimeout(renewTimer);
  const last = current;
  opening = null;
  current = null;
  tries = 0;
  last?.close();
  changed.tell(state());
};

// Something was not answered: the connection may be dead.
export const doubt = () => current?.check();

// The person or the network is back: don't wait, and check a connection that was silent for long.
const hurry = () => {
  if (current) {
    if (current.silence > QUIET) current.check();
    return;
  }
  tries = 0;
  connect();
};

export const startLive = () => {
  onSession(() => {
    close();
    connect();
  });
  // Reconnects even while the browser says it is offline: a laptop's stage needs no network.
  addEventListener("offline", () => current?.end());
  addEventListener("online", hurry);
  addEventListener("pageshow", hurry);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") hurry();
  });
  return connect();
};
