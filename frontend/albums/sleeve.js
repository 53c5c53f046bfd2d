// A sleeve for each album, drawn by the stylesheet: always the same for the same title and artist.

import { shareOf } from "../core/avatars.js";
import { html } from "../core/html.js";

const COLOURS = 8;
const CUTS = 6;

/** @param {{title: string, artist: string}} album */
export const sleeve = ({ title, artist }) => html`<span
  class="sleeve tint-${shareOf(artist + title, COLOURS)} cut-${shareOf(title + artist, CUTS)}" aria-hidden="true"></span>`;
