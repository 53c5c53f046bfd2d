// The table's body: draws a row for each album and redraws only the rows that changed.

import { element, html } from "../core/html.js";
import { isCurator, me } from "../core/me.js";

const PENDING = { add: "Saving…", edit: "Saving…", remove: "Deleting…" };
const FAILED = { add: "Not added.", edit: "Not saved.", remove: "Not deleted." };

const mayChange = (album) => isCurator() || (album.addedBy !== null && album.addedBy === me()?.id);

const act = (name, text, title, kind = "quiet") => html`
  <button type="button" class="button ${kind} small" data-act="${name}" aria-label="${text} ${title}">${text}</button>
`;

const ordinary = ({ title }) => [act("edit", "Edit", title), act("remove", "Delete", title)];

const afterFailure = ({ title }, { kind }) => [
  act("retry", "Retry", title, ""),
  kind !== "remove" && act("edit", "Edit", title),
  act("discard", "Discard", `the change to ${title}`),
];

const actions = ({ album, change }) => {
  if (change?.state === "pending") return html`<span class="pending-mark">${PENDING[change.kind]}</span>`;
  if (change) return afterFailure(album, change);
  return mayChange(album) && ordinary(album);
};

const note = (change) =>
  change?.state === "failed" && html`<p class="row-note" role="alert">${FAILED[change.kind]} ${change.message}</p>`;

const draw = ({ key, album, change }) => element(html`
  <tr role="row" data-key="${key}" class="${change && `${change.state} ${change.kind}`}" tabindex="-1">
    <td role="cell" class="number rank">${album.rank}</td>
    <th role="rowheader" scope="row" class="title">${album.title}${note(change)}</th>
    <td role="cell" class="artist">${album.artist}</td>
    <td role="cell" class="number year">${album.year}</td>
    <td role="cell" class="genre">${album.genre}</td>
    <td role="cell" class="acts"><div>${actions({ album, change })}</div></td>
  </tr>
`);

const looks = (row) => JSON.stringify([row.album, row.change?.state, row.change?.message, mayChange(row.album)]);

const focusedAct = (tr) => (tr.contains(document.activeElement) ? document.activeElement.dataset.act : undefined);

// A redrawn row keeps the focus that was in it: on the same button, or else on the row while it waits.
const replace = (old, fresh) => {
  const name = focusedAct(old) ?? "edit";
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(fresh);
  if (hadFocus) (fresh.querySelector(`[data-act="${name}"]`) ?? fresh).focus({ preventScroll: true });
};

export class Rows {
  constructor(body) {
    this.body = body;
    this.drawn = new Map();
  }

  show(rows) {
    this.forget(new Set(rows.map((row) => row.key)));
    rows.forEach((row) => this.update(row));
    rows.forEach((row, index) => this.place(this.drawn.get(row.key).tr, index));
  }

  forget(kept) {
    for (const [key, { tr }] of this.drawn) {
      if (kept.has(key)) continue;
      const hadFocus = tr.contains(document.activeElement);
      const neighbour = tr.nextElementSibling ?? tr.previousElementSibling;
      tr.remove();
      this.drawn.delete(key);
      if (hadFocus) neighbour?.focus({ preventScroll: true });
    }
  }

  update(row) {
    const look = looks(row);
    const drawn = this.drawn.get(row.key);
    if (drawn?.look === look) return;
    const tr = draw(row);
    if (drawn) replace(drawn.tr, tr);
    this.drawn.set(row.key, { tr, look });
  }

  place(tr, index) {
    if (this.body.children[index] !== tr) this.body.insertBefore(tr, this.body.children[index] ?? null);
  }
}
