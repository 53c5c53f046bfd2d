// Who is signed in in this browser: the tokens, their renewal, and their end. All tabs share one session. It is kept in
// each tab's own storage, and a new tab is given it by the others; only for "keep me signed in" is it kept in the browser's.

import { refresh, revoke } from "./cognito.js";
import { makeSignal } from "./signals.js";
import * as storage from "./storage.js";
import * as tabs from "./tabs.js";

const KEY = "session";
// Who was signed in last, and when somebody signed out last.
const OWNER = "owner";
const LEFT = "left";
const EVERYBODYS = [LEFT, "theme"];
const MARGIN = 60000;

const changed = makeSignal();
let tokens = null;
let renewal = null;

const claims = (token) => {
  const base64 = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
};

const leftAt = () => storage.device.read(LEFT) ?? 0;

const ownerOf = ({ idToken }) => claims(idToken).sub;

const keep = (session) => {
  tokens = session;
  (session.kept ? storage.device : storage).write(KEY, session);
  tabs.hold();
};

const forget = () => {
  const { id } = tokens;
  tokens = null;
  storage.remove(KEY);
  if (storage.device.read(KEY)?.id === id) storage.device.remove(KEY);
  tabs.letGo();
};

const renewed = (given) => ({
  ...tokens,
  ...given,
  refreshToken: given.refreshToken ?? tokens?.refreshToken,
  expiresAt: Date.now() + given.expiresIn * 1000,
});

// What somebody else left goes: drafts, the place to return to, the address in a form, unfinished uploads.
const clearFor = (owner) => {
  for (const place of [storage, storage.device]) {
    const leftovers = (place.read(OWNER) ?? owner) === owner ? [] : place.keys("");
    leftovers.filter((key) => !EVERYBODYS.includes(key)).forEach(place.remove);
    place.write(OWNER, owner);
  }
};

export const onSession = changed.listen;

export const isSignedIn = () => tokens !== null;

export const wasHosted = () => tokens?.hosted === true;

export const person = () => {
  if (!tokens) return null;
  const { sub, email, name, "cognito:groups": groups } = claims(tokens.idToken);
  return { id: sub, email, name: name ?? email, groups: groups ?? [] };
};

const enter = (session, elsewhere) => {
  clearFor(ownerOf(session));
  keep(session);
  changed.tell({ signedIn: true, elsewhere });
};

export const start = (given, { hosted = false, kept = false } = {}) => {
  tokens = null;
  const startedAt = Math.max(Date.now(), leftAt());
  enter(renewed({ ...given, hosted, kept, id: crypto.randomUUID(), startedAt }), false);
  tabs.tell({ started: tokens });
};

// `reason` is "left" (by choice), "erased", "expired", "elsewhere" (left in another tab) or "replaced" (there somebody
// else signed in).
const leave = (reason) => {
  const { email } = person();
  forget();
  changed.tell({ signedIn: false, reason, email });
};

export const end = (reason) => {
  if (!tokens) return;
  storage.device.write(LEFT, Date.now());
  tabs.tell({ ended: tokens.id, reason: reason === "expired" ? reason : "elsewhere" });
  leave(reason);
};

export const signOut = (reason = "left") => {
  const leaving = tokens;
  if (!leaving) return;
  end(reason);
  // The tab forgets the tokens at once; revoking them at the pool may fail.
  revoke(leaving.refreshToken).catch(() => null);
};

const latest = (sessions) => sessions.sort((one, other) => other.expiresAt - one.expiresAt)[0] ?? null;

// A tab that the browser brings back after somebody signed out does not bring the session back.
const isOver = (session) => session.startedAt < leftAt();

// At the start of the page: what this tab or the browser has kept, or else what the other tabs have.
export const join = async () => {
  const kept = [storage.read(KEY), storage.device.read(KEY)].find((session) => session && !isOver(session));
  const session = kept ?? latest(await tabs.ask());
  if (session) enter(session, false);
};

// Another tab may have renewed them, and not been heard yet.
const newer = async ({ id, expiresAt }) =>
  latest((await tabs.ask()).filter((session) => session.id === id && session.expiresAt > expiresAt));

const renewOnce = async (before) => {
  const known = tokens === before && (await newer(before));
  if (tokens !== before) return;
  if (known) {
    keep(known);
    return;
  }
  try {
    const given = await refresh(before.refreshToken);
    if (tokens !== before) return;
    keep(renewed(given));
    tabs.tell({ renewed: tokens });
  } catch (error) {
    if (tokens !== before) return;
    if (error.code !== "NetworkError" && error.code !== "TooManyRequestsException") end("expired");
    throw error;
  }
};

// Simultaneous calls share one renewal, also those of several tabs.
export const renew = () => {
  const before = tokens;
  renewal ??= tabs.alone(() => before && renewOnce(before)).finally(() => {
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

const follow = (session) => {
  if (tokens && ownerOf(session) === ownerOf(tokens)) {
    keep(session);
    return;
  }
  if (tokens) leave("replaced");
  enter(session, true);
};

tabs.onTold((told) => {
  if (told.asks && tokens) tabs.tell({ answers: told.asks, session: tokens });
  if (told.started) follow(told.started);
  if (told.renewed && told.renewed.id === tokens?.id) keep(told.renewed);
  if (told.ended && told.ended === tokens?.id) leave(told.reason);
});
