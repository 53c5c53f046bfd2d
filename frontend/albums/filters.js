// The search box and the filters by genre and year; their values are also in the address.

import { html } from "../core/html.js";
import { genreMeant } from "./fields.js";

const PAUSE = 250;
const NAMES = ["q", "genre", "year"];

export const filterForm = html`
  <search>
    <form class="filters" id="filters" aria-label="Search the albums">
      <div class="field grow">
        <div class="label-row"><label for="filter-q">Search</label> <kbd aria-hidden="true">/</kbd></div>
        <input id="filter-q" name="q" type="search" placeholder="Title or artist" autocomplete="off"
          aria-keyshortcuts="/">
      </div>
      <div class="field">
        <label for="filter-genre">Genre</label>
        <input id="filter-genre" name="genre" list="filter-genres" placeholder="Any" autocomplete="off">
        <datalist id="filter-genres"></datalist>
      </div>
      <div class="field narrow-field">
        <label for="filter-year">Year</label>
        <input id="filter-year" name="year" inputmode="numeric" placeholder="Any" maxlength="4" autocomplete="off">
      </div>
      <button type="reset" class="button quiet" hidden>Clear filters</button>
    </form>
  </search>
`;

const isComplete = {
  q: () => true,
  genre: () => true,
  year: (text) => text === "" || /^\d{4}$/.test(text),
};

const typed = (form) => Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value.trim()]));

/** @param {any} filter @param {string[]} genres */
const usable = ({ year, genre, ...rest }, genres) => ({
  ...rest, genre: genreMeant(genre, genres, { begun: true }), year: isComplete.year(year) ? year : "",
});

// Calls `onFilter` when a search makes sense: after a short pause in typing, and once a year is complete. The beginning
// of a genre is enough.
export const startFilters = ({ form, query, genres, onFilter, signal }) => {
  const reset = form.querySelector("[type=reset]");
  let timer = null;
  let last = null;
  const apply = () => {
    clearTimeout(timer);
    const filter = usable(typed(form), genres());
    reset.hidden = !Object.values(typed(form)).some(Boolean);
    if (JSON.stringify(filter) === last) return;
    last = JSON.stringify(filter);
    onFilter(filter);
  };
  for (const name of NAMES) form.elements[name].value = query.get(name) ?? "";
  form.addEventListener("input", ({ target }) => {
    clearTimeout(timer);
    if (isComplete[target.name](target.value.trim())) timer = setTimeout(apply, PAUSE);
  });
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  // Reset by hand and at once: done a moment later, it would steal the focus from wherever the person has moved to.
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    for (const name of NAMES) form.elements[name].value = "";
    apply();
    form.elements.q.focus();
  });
  signal.addEventListener("abort", () => clearTimeout(timer));
  apply();
};
