// Posts on their way: sent over the socket, answered by `posted`; without a socket they wait for the next one.

import * as live from "../live/live.js";
import { me } from "../core/me.js";
import { Outbox } from "../core/outbox.js";
import { makeSignal } from "../core/signals.js";

const ANSWER_WITHIN = 10000;

const arrived = makeSignal();
const deadlines = new Map();

export const outbox = new Outbox("post:");

export const onArrived = arrived.listen;

const forget = (clientId) => {
  clearTimeout(deadlines.get(clientId));
  deadlines.delete(clientId);
};

const fail = (clientId, message) => {
  forget(clientId);
  outbox.mark(clientId, "failed", message);
};

const transmit = ({ clientId, text }) => {
  if (!live.send({ action: "sendpost", text, clientId })) return;
  outbox.mark(clientId, "sent");
  const late = () => {
    fail(clientId, "No answer came in time.");
    live.doubt();
  };
  deadlines.set(clientId, setTimeout(late, ANSWER_WITHIN));
};

const done = (clientId) => {
  forget(clientId);
  outbox.drop(clientId);
};

export const post = (text) => transmit(outbox.get(outbox.add(text)));

export const retry = (clientId) => {
  outbox.mark(clientId, "waiting");
  transmit(outbox.get(clientId));
};

export const discard = done;

// A push has no client id, but a push of the person's own text is as good as the answer.
export const settleTwin = (given) => {
  if (given.author.id !== me()?.id) return;
  const twin = outbox.all("sent").find((item) => item.text === given.text);
  if (twin) done(twin.clientId);
};

const waitAgain = ({ clientId }) => {
  forget(clientId);
  outbox.mark(clientId, "waiting");
};

const sendWaiting = () => outbox.all("waiting").forEach(transmit);

// Unanswered posts are sent again over the next socket; their client ids make that harmless.
const onState = (state) => {
  if (state === "open") sendWaiting();
  else outbox.all("sent").forEach(waitAgain);
};

const onError = ({ clientId, status, detail }) => {
  // The socket reopens by itself and then sends what waits.
  if (!outbox.get(clientId) || status === 401) return;
  // It had arrived and has been deleted since.
  if (status === 404) done(clientId);
  else fail(clientId, detail);
};

live.onState(onState);
live.on("error", onError);
live.on("posted", ({ clientId, post: given }) => {
  done(clientId);
  arrived.tell(given);
});
if (live.isOpen()) sendWaiting();
