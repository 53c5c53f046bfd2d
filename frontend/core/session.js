// Who is signed in in this tab: the tokens, their renewal, and their end.

import { refresh, revoke } from "./cognito.js";
import { makeSignal } from "./signals.js";
import * as storage from "./storage.js";

const KEY = "session";
const MARGIN = 60000;

const changed = makeSignal();
const tabs = new BroadcastChannel("commonplace");
let tokens = storage.read(KEY);
let renewal = null;

const claims = (token) => {
  const base64 = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
};

const keep = (given) => {
  tokens = {
    ...tokens,
    ...given,
    refreshToken: given.refreshToken ?? tokens?.refreshToken,
    expiresAt: Date.now() + given.expiresIn * 1000,
  };
  storage.write(KEY, tokens);
};

export const onSession = changed.listen;

export const isSignedIn = () => tokens !== null;

export const wasHosted = () => tokens?.hosted === true;

export const person = () => {
  if (!tokens) return null;
  const { sub, email, name, "cognito:groups": groups } = claims(tokens.idToken);
  return { id: sub, email, name: name ?? email, groups: groups ?? [] };
};

export const start = (given, { hosted = false } = {}) => {
  tokens = null;
  keep({ ...given, hosted });
  changed.tell({ signedIn: true });
};

// `reason` is "left" (by choice), "erased", "expired" or "elsewhere" (another tab of the same person).
export const end = (reason) => {
  if (!tokens) return;
  const { email } = person();
  tokens = null;
  storage.remove(KEY);
  changed.tell({ signedIn: false, reason, email });
};

export const signOut = (reason = "left") => {
  const leaving = tokens;
  if (!leaving) return;
  tabs.postMessage({ signedOut: person().id });
  end(reason);
  // The tab forgets the tokens at once; revoking them at the pool may fail.
  revoke(leaving.refreshToken).catch(() => null);
};

const renewOnce = async () => {
  const before = tokens;
  try {
    const given = await refresh(before.refreshToken);
    if (tokens === before) keep(given);
  } catch (error) {
    if (error.code === "NetworkError" || error.code === "TooManyRequestsException") throw error;
    if (tokens === before) end("expired");
    throw error;
  }
};

// Simultaneous calls share one renewal.
export const renew = () => {
  renewal ??= renewOnce().finally(() => {
    renewal = null;
  });
  return renewal;
};

const fresh = async () => {
  if (tokens && Date.now() > tokens.expiresAt - MARGIN) await renew();
  return tokens;
};

export const idToken = async () => (await fresh())?.idToken ?? null;

export const accessToken = async () => (await fresh())?.accessToken ?? null;

tabs.addEventListener("message", ({ data }) => {
  if (tokens && data.signedOut === person().id) end("elsewhere");
});
