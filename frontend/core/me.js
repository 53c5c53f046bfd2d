// The signed-in person as the API knows them; until it has answered, what the token says.

import { getMe } from "./api.js";
import { makeSignal } from "./signals.js";
import { isSignedIn, onSession, person } from "./session.js";

const changed = makeSignal();
let known = null;

export const onMe = changed.listen;

export const me = () => known ?? person();

export const isCurator = () => me()?.groups?.includes("curators") ?? false;

export const isAuthor = () => me()?.groups?.includes("authors") ?? false;

export const setMe = (given) => {
  known = given;
  changed.tell(known);
};

export const loadMe = async () => {
  if (known || !isSignedIn()) return;
  const { id } = person();
  try {
    const given = await getMe();
    if (person()?.id === id) setMe(given);
  } catch {
    // The token's claims will do until a later page asks again.
  }
};

onSession(() => {
  known = null;
  changed.tell(me());
});
