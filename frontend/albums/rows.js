// An album's row in the table, and its actions.

import { rowAct, rowActs } from "../core/acts.js";
import { element, html } from "../core/html.js";
import { isCurator, me } from "../core/me.js";
import { FAILED, PENDING } from "../core/states.js";
import { sleeve } from "./sleeve.js";

// The catalogue's name for a change.
const said = (sentences, { kind }) => sentences[kind === "edit" ? "change" : kind];

const mayChange = (album) => isCurator() || (album.addedBy !== null && album.addedBy === me()?.id);

const act = (name, text, title, kind = "quiet") => html`
  <button type="button" class="button ${kind} small" data-act="${name}" aria-label="${text} ${title}">${text}</button>
`;

const ordinary = ({ title }) => rowActs(title, [
  rowAct({ act: "edit", icon: "edit", text: "Edit", of: title }),
  rowAct({ act: "remove", icon: "bin", text: "Delete", of: title }),
]);

const afterFailure = ({ title }, { kind }) => [
  act("retry", "Retry", title, ""),
  kind !== "remove" && act("edit", "Edit", title),
  act("discard", "Discard", `the change to ${title}`),
];

const actions = ({ album, change }) => {
  if (change?.state === "pending") return html`<span class="pending-mark">${said(PENDING, change)}</span>`;
  if (change) return afterFailure(album, change);
  return mayChange(album) && ordinary(album);
};

const note = (change) =>
  change?.state === "failed" && html`<p class="row-note" role="alert">${said(FAILED, change)} ${change.message}</p>`;

export const draw = ({ album, change }) => element(html`
  <tr role="row" class="${change && `${change.state} ${change.kind}`}" tabindex="-1">
    <td role="cell" class="number rank">${sleeve(album)}${album.rank}</td>
    <th role="rowheader" scope="row" class="title">${album.title}${note(change)}</th>
    <td role="cell" class="artist">${album.artist}</td>
    <td role="cell" class="number year">${album.year}</td>
    <td role="cell" class="genre">${album.genre}</td>
    <td role="cell" class="acts"><div>${actions({ album, change })}</div></td>
  </tr>
`);

// Whether a row has anything in the last column.
export const hasActs = ({ album, change }) => Boolean(change) || mayChange(album);

export const look = ({ album, change }) =>
  JSON.stringify([album, change?.state, change?.message, mayChange(album)]);
