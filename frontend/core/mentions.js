// Mentions in texts: stored as `@[Ada Lovelace](her id)`, written and read as `@Ada Lovelace`.

/** @typedef {{id: string, name: string}} Person */

export const MENTION = /@\[([^[\]\n]{1,200})\]\(([A-Za-z0-9-]{1,64})\)/gu;

/** @param {string} text */
export const plain = (text) => text.replace(MENTION, "@$1");

// As it stands in a mention: without what would end it.
/** @param {Person} person */
export const nameOf = ({ name }) => name.replace(/[[\]\n]/g, "");

/** @param {string} text @returns {Person[]} */
export const mentionedIn = (text) => [...text.matchAll(MENTION)].map(([, name, id]) => ({ id, name }));

const escaped = (/** @type {string} */ name) => name.replace(/[.*+?^${}()|\\/]/g, "\\$&");

// Who is meant by a name: whoever was chosen, or the only one of that name.
/** @param {Person[]} chosen @param {Person[]} offered */
const byName = (chosen, offered) => {
  const isAlone = (/** @type {Person} */ one) =>
    offered.every((other) => other.id === one.id || nameOf(other) !== nameOf(one));
  const ofName = new Map();
  for (const one of [...offered.filter(isAlone), ...chosen]) ofName.set(nameOf(one), one.id);
  return ofName;
};

// Turns each `@Name` into a mention. Longer names first: "@Ada Lovelace" is not "@Ada".
/** @param {string} text @param {Person[]} chosen @param {Person[]} offered */
export const marked = (text, chosen, offered) => {
  const ids = byName(chosen, offered);
  const names = [...ids.keys()].filter(Boolean).sort((one, other) => other.length - one.length);
  if (!names.length) return text;
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])@(${names.map(escaped).join("|")})(?![\\p{L}\\p{N}])`, "gu");
  return text.replace(pattern, (_, name) => `@[${name}](${ids.get(name)})`);
};
