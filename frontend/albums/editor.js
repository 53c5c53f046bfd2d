// The dialog for adding or editing an album.

import { getNextRank } from "../core/api.js";
import { dialogActions, mayDiscard, openDialog } from "../core/dialog.js";
import { field, formMessage, onSubmit, setMessage, showErrors, values } from "../core/forms.js";
import { html, render } from "../core/html.js";
import { guard } from "../core/guard.js";
import { COMMON_GENRES, FIELDS, genreMeant, isSame, parsed, problemsOf } from "./fields.js";
import { keep } from "./kept.js";

const FORM = "album";

// For a new album; what somebody has typed meanwhile stays, and what they begin to type replaces it.
const offerRank = async (input) => {
  const { rank } = await getNextRank().catch(() => ({ rank: null }));
  if (!rank || input.value || !input.isConnected) return;
  input.value = rank;
  input.dataset.offered = rank;
  if (document.activeElement === input) input.select();
};

// In a tab of its own: what was typed stays.
const showThere = (form, { title }) => render(form.querySelector("#album-there"), html`
  <a href="#/albums?q=${encodeURIComponent(title)}" target="_blank">Look at the album that is there</a>
`);

const inputFor = ({ name, label, hint = "", numeric = false }, typed) => field({
  form: FORM, name, label, hint, value: typed[name] ?? "", autocomplete: "off",
  inputmode: numeric ? "numeric" : null, list: name === "genre" ? `${FORM}-genres` : null,
});

const body = (kind, typed, genres) => html`
  <form id="${FORM}" class="album-form">
    ${FIELDS.map((given) => inputFor(given, typed))}
    <datalist id="${FORM}-genres">
      ${[...new Set([...COMMON_GENRES, ...genres])].sort().map((genre) => html`<option value="${genre}"></option>`)}
    </datalist>
    <p id="album-there"></p>
    ${formMessage}
    ${dialogActions(kind === "add" ? "Save album" : "Save changes")}
  </form>
`;

// Resolves to the fields to save, or to null; calls `onDiscard` when the person discards what they typed.
/** @param {any} given */
export const openEditor = async ({ change, errors = {}, note = "", genres = [], onDiscard, signal }) => {
  const { kind, base } = change;
  const typed = change.fields ?? base ?? {};
  const title = kind === "add" ? "Add an album" : `Edit “${base.title}”`;
  const done = new AbortController();
  const known = [...new Set([...COMMON_GENRES, ...genres])];
  const meant = (given) => parsed({ ...given, genre: genreMeant(given.genre, known) });
  let form = null;
  const isChanged = () => {
    const { offered } = form.elements.rank.dataset;
    return !isSame(parsed(values(form)), parsed(base ?? { rank: offered }))
      && !isSame(parsed(values(form)), parsed(base ?? {}));
  };
  const mayClose = async () => {
    if (isChanged() && !(await mayDiscard())) return false;
    onDiscard();
    return true;
  };
  const { dialog, close, closed } = openDialog({ title, body: body(kind, typed, genres), mayClose, signal });
  form = dialog.querySelector("form");
  guard(isChanged, done.signal);
  form.addEventListener("input", () => keep({ ...change, fields: values(form) }, { typing: true }));
  onSubmit(form, async (given) => close(meant(given)), { check: problemsOf });
  form.elements.rank.focus();
  if (kind === "add" && !typed.rank) offerRank(form.elements.rank);
  if (errors.title && kind !== "remove") showThere(form, typed);
  if (note) setMessage(form, note, "note");
  showErrors(form, errors);
  const saved = await closed;
  done.abort();
  return saved;
};
