// How much of the folder is used, its limit, and the files that were refused for lack of room.

import { getFolder } from "../core/api.js";
import * as live from "../live/live.js";
import { onSession, person } from "../core/session.js";
import { makeSignal } from "../core/signals.js";

const SEEN = "files:refusals-seen:";

const changed = makeSignal();
let known = null;

export const onQuota = changed.listen;

const set = (given) => {
  known = given;
  changed.tell(known);
};

export const quota = () => known;

export const loadQuota = async () => {
  const owner = person()?.id;
  const given = await getFolder();
  if (person()?.id === owner) set(given);
};

// If unknown, don't refuse: the bucket's guard decides in the end.
export const free = () => (known ? Math.max(0, known.quota - known.used) : Infinity);

export const isFull = () => Boolean(known) && known.files >= known.mostFiles;

// Counted locally until the API gives the real size.
export const count = (bytes) => {
  if (known) set({ ...known, used: Math.max(0, known.used + bytes) });
};

const seenUntil = () => {
  try {
    return localStorage.getItem(SEEN + person()?.id) ?? "";
  } catch {
    return "";
  }
};

export const refusals = () => (known?.refused ?? []).filter(({ at }) => at > seenUntil());

export const dismissRefusals = () => {
  const latest = refusals().map(({ at }) => at).sort().pop();
  try {
    if (latest) localStorage.setItem(SEEN + person()?.id, latest);
  } catch {
    // Without storage the notices come back after a reload.
  }
  set({ ...known, refused: [] });
};

live.on("folder", ({ type, at, ...folder }) => set(folder));

onSession(() => set(null));
