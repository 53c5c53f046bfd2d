// How a file and a folder look in the list.

import { rowAct, rowActs } from "../core/acts.js";
import { element, html } from "../core/html.js";
import { icon as drawn } from "../core/icons.js";
import { brief, exact } from "../core/times.js";
import { kindOf } from "./kinds.js";
import { toAddress } from "./names.js";
import { sizeText } from "../core/sizes.js";

const SHAPES = /** @type {const} */ ({ folder: "files", image: "image", audio: "audio", video: "video", text: "text" });

export const icon = ({ name, isFolder }) => {
  const shape = SHAPES[isFolder ? "folder" : kindOf(name).kind] ?? "other";
  return html`<span class="file-icon of-${shape}">${drawn(shape)}</span>`;
};

const NAMELESS = "(no name)";

const main = ({ key, name, isFolder }, root) => (isFolder
  ? html`<a class="file-name" data-main href="#${toAddress(key.slice(root.length))}" draggable="false"
      ><span class="unseen">Folder </span>${name || NAMELESS}</a>`
  : html`<button type="button" class="file-name" data-main data-act="open">${name || NAMELESS}</button>`);

const acts = ({ name, isFolder }) => rowActs(name || NAMELESS, [
  !isFolder && rowAct({ act: "save", icon: "download", text: "Download", of: name }),
  rowAct({ act: "rename", icon: "rename", text: "Rename", of: name, key: "F2" }),
  rowAct({ act: "move", icon: "into", text: "Move", of: name }),
  rowAct({ act: "remove", icon: "bin", text: "Delete", of: name, key: "Delete" }),
]);

const about = ({ isFolder, size, at }) => (isFolder
  ? html`<span class="file-size"></span><span class="file-time"></span>`
  : html`<span class="file-size number">${sizeText(size)}</span>
    <time class="file-time" datetime="${at}" title="${exact(at)}">${brief(at)}</time>`);

export const draw = (row, root) => element(html`
  <li class="file ${row.isFolder && "folder"} ${row.leaving && "leaving"}" tabindex="-1" draggable="true">
    <label class="file-pick"><span class="unseen">Select ${row.name || NAMELESS}</span><input type="checkbox" data-pick></label>
    ${icon(row)}
    ${main(row, root)}
    ${about(row)}
    <div class="file-acts">
      ${row.leaving ? html`<span class="pending-mark">${row.leaving}</span>` : acts(row)}
    </div>
  </li>
`);

export const look = ({ key, size, at, leaving }) => JSON.stringify([key, size, at, leaving]);
