// What stands for a person where there is no picture: initials, in a colour that the name always gets.

import { html } from "./html.js";

const COLOURS = 8;
const ROOM = 9973;

/** @param {string} name */
export const initials = (name) => name.split(/\s+/).map((word) => [...word][0] ?? "").slice(0, 2).join("").toUpperCase();

// The same text gets the same of so many numbers, on every device.
/** @param {string} text @param {number} count */
export const shareOf = (text, count) =>
  [...text].reduce((sum, character) => (sum * 31 + Number(character.codePointAt(0))) % ROOM, 7) % count;

/** @param {string} name */
export const avatar = (name) => html`
  <span class="initials tint-${shareOf(name, COLOURS)}" aria-hidden="true">${initials(name)}</span>
`;
