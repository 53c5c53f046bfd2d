// How a file and a folder look in the list.

import { element, html } from "../core/html.js";
import { brief, exact } from "../core/times.js";
import { kindOf } from "./kinds.js";
import { toAddress } from "./names.js";
import { sizeText } from "../core/sizes.js";

const SHAPES = {
  folder: html`<path d="M2.5 5.5h5l1.5 2h8.5v8h-15z"/>`,
  image: html`<path d="M3 4h14v12H3z"/><path d="M3.5 14l4-4 3 3 2.5-2.5 3.5 3.5"/><circle cx="13" cy="7.5" r="1.2"/>`,
  audio: html`<path d="M7.5 14.5V5l8-1.5V13"/><circle cx="5.5" cy="14.5" r="2"/><circle cx="13.5" cy="13" r="2"/>`,
  video: html`<path d="M3 4h14v12H3z"/><path d="M8.5 7.5l4 2.5-4 2.5z"/>`,
  text: html`<path d="M5 2.5h7l3.5 3.5v11.5H5z"/><path d="M7.5 9h5.5M7.5 11.5h5.5M7.5 14h3.5"/>`,
  other: html`<path d="M5 2.5h7l3.5 3.5v11.5H5z"/><path d="M12 2.5V6h3.5"/>`,
};

const shapeOf = ({ name, isFolder }) => SHAPES[isFolder ? "folder" : kindOf(name).kind] ?? SHAPES.other;

export const icon = (row) => html`<svg class="file-icon" viewBox="0 0 20 20" aria-hidden="true">${shapeOf(row)}</svg>`;

const NAMELESS = "(no name)";

const main = ({ key, name, isFolder }, root) => (isFolder
  ? html`<a class="file-name" data-main href="#${toAddress(key.slice(root.length))}"
      ><span class="unseen">Folder </span>${name || NAMELESS}</a>`
  : html`<button type="button" class="file-name" data-main data-act="open">${name || NAMELESS}</button>`);

const act = (name, text, of, key) => html`
  <button type="button" class="button quiet small" data-act="${name}" aria-label="${text} ${of}"
    ${key && html`aria-keyshortcuts="${key}"`}>${text}</button>
`;

const about = ({ isFolder, size, at }) => (isFolder
  ? html`<span class="file-size"></span><span class="file-time"></span>`
  : html`<span class="file-size number">${sizeText(size)}</span>
    <time class="file-time" datetime="${at}" title="${exact(at)}">${brief(at)}</time>`);

export const draw = (row, root) => element(html`
  <li class="file ${row.isFolder && "folder"} ${row.isLeaving && "leaving"}" tabindex="-1">
    ${icon(row)}
    ${main(row, root)}
    ${about(row)}
    <div class="file-acts">
      ${row.isLeaving ? html`<span class="pending-mark">Deleting…</span>` : html`
        ${!row.isFolder && act("save", "Download", row.name)}
        ${act("rename", "Rename", row.name, "F2")}
        ${act("remove", "Delete", row.name, "Delete")}
      `}
    </div>
  </li>
`);

export const look = ({ key, size, at, isLeaving }) => JSON.stringify([key, size, at, isLeaving]);
