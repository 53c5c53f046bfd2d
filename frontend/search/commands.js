// What the pages themselves offer at once: the pages there are, and what can be done, as the features declare it.

import { mayLeave } from "../core/guard.js";
import { currentPath, go } from "../core/router.js";
import { person } from "../core/session.js";
import { matches } from "./words.js";

/** @param {any} route @param {any} who */
const isOpen = ({ access = "person", group = "" }, who) => {
  if (access === "guest") return !who;
  return access === "anyone" || (who && (!group || who.groups.includes(group)));
};

/** @param {any[]} features */
const pages = (features) => features
  .flatMap(({ routes }) => routes)
  .filter(({ nav }) => nav)
  .sort((one, other) => one.place - other.place)
  .map(({ path, nav, access }) => ({ kind: "page", title: nav, url: `/#${path}`, area: path.slice(1), access }));

/** @param {any[]} features */
const commands = (features) => features
  .flatMap(({ commands: declared = [] }) => declared)
  .map((command) => ({ kind: "command", place: 50, ...command }))
  .sort((one, other) => one.place - other.place);

/** @param {any[]} features @param {string} asked */
export const offered = (features, asked) => [...commands(features), ...pages(features)]
  .filter((one) => isOpen(one, person()) && matches(`${one.title} ${one.words ?? ""}`, asked));

// Goes to the command's page, and to its place there: a button is pressed, a field gets the focus.
/** @param {{to?: string, at?: string}} command */
export const run = async ({ to, at }) => {
  if (to && currentPath() !== to) {
    if (!(await mayLeave())) return;
    await go(to);
  }
  const place = /** @type {HTMLElement | null} */ (at ? document.querySelector(at) : null);
  if (place?.matches("button")) place.click();
  else place?.focus();
};
