// Texts that people type: their length, what is removed before sending, links and mentions when shown.

import { html } from "./html.js";
import { MENTION } from "./mentions.js";

export const LONGEST = 4000;

// Invisible, and refused by the API: control characters and lone surrogates.
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/g;

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/gi;
const SHOWN = new RegExp(`${MENTION.source}|${ADDRESS.source}`, "giu");
const AFTER_ADDRESS = ".,:;!?*_~])}»”’…";

/** @param {string} text */
export const clean = (text) => text.replace(/\r\n?/g, "\n").toWellFormed().replace(UNSEEN, "").trim();

// In characters as the API counts them.
/** @param {string} text */
export const lengthOf = (text) => [...text].length;

/** @param {string} address */
const isBalanced = (address) => address.split("(").length === address.split(")").length;

// A full stop after an address isn't part of it, nor is a bracket around it.
/** @param {string} address */
const belongs = (address) => {
  const last = address.slice(-1);
  return !AFTER_ADDRESS.includes(last) || (last === ")" && isBalanced(address));
};

/** @param {string} address @returns {string} */
const trimmed = (address) => (belongs(address) ? address : trimmed(address.slice(0, -1)));

/** @param {string} address */
const link = (address) => (URL.canParse(address)
  ? html`<a href="${address}" target="_blank" rel="noopener nofollow">${address}</a>`
  : address);

const mention = (/** @type {string} */ name) => html`<span class="mention">@${name}</span>`;

// For the html tag: texts, links and mentions in turn.
/** @param {string} text */
export const linked = (text) => {
  const parts = [];
  let at = 0;
  for (const { 0: found, 1: name, index } of text.matchAll(SHOWN)) {
    const address = name ? found : trimmed(found);
    parts.push(text.slice(at, index), name ? mention(name) : link(address));
    at = index + address.length;
  }
  return [...parts, text.slice(at)];
};
