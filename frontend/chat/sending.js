// Messages on their way: one at a time per conversation, each with its client id until it has arrived.

import { sendMessage } from "../core/api.js";
import * as live from "../live/live.js";
import { me } from "../core/me.js";
import { network } from "../core/network.js";
import { Outbox } from "../core/outbox.js";
import { onSession } from "../core/session.js";
import { makeSignal } from "../core/signals.js";
import { conversations, onLeft } from "./conversations.js";

const arrived = makeSignal();
const lines = new Map();
// Messages that failed for lack of a network: sent again once it is back.
const lost = new Set();

export const outbox = new Outbox("message:");

export const onArrived = arrived.listen;

const settle = (clientId, message) => {
  arrived.tell(message);
  conversations.hear(message);
  outbox.drop(clientId);
};

const fail = ({ clientId, conversationId }, problem) => {
  // The sign-in has ended: sending goes on after the next one.
  if (problem.status === 401) outbox.mark(clientId, "waiting");
  else outbox.mark(clientId, "failed", problem.detail);
  if (problem.status === 404) conversations.refresh(conversationId);
};

const transmit = async (clientId) => {
  const item = outbox.get(clientId);
  if (item?.state !== "waiting") return;
  outbox.mark(clientId, "sent");
  try {
    const body = { text: item.text, clientId };
    settle(clientId, await sendMessage({ id: item.conversationId, body }));
  } catch (problem) {
    fail(item, problem);
    if (problem.status === 0) lost.add(clientId);
  }
};

const lineUp = ({ clientId, conversationId }) => {
  const before = lines.get(conversationId) ?? Promise.resolve();
  lines.set(conversationId, before.then(() => transmit(clientId)));
};

export const say = (conversationId, text) => lineUp(outbox.get(outbox.add(text, { conversationId })));

export const retry = (clientId) => {
  lost.delete(clientId);
  outbox.mark(clientId, "waiting");
  lineUp(outbox.get(clientId));
};

export const discard = (clientId) => outbox.drop(clientId);

const sendWaiting = () => outbox.all("waiting").forEach(lineUp);

const retryLost = () => [...lost].filter((clientId) => outbox.get(clientId)?.state === "failed").forEach(retry);

// The push may arrive before the answer, or instead of it.
live.on("message", ({ message }) => {
  if (message.author.id === me()?.id && outbox.get(message.clientId)) settle(message.clientId, message);
});
live.onState((state) => state === "open" && retryLost());
network.listen((state) => state === "online" && retryLost());
onSession(sendWaiting);
onLeft((id) => outbox.all().filter((item) => item.conversationId === id).forEach((item) => outbox.drop(item.clientId)));

export const startSending = sendWaiting;
