// The status around a list: its count, a way to load more, empty, loading, or failed.

import { drawing } from "./drawings.js";
import { html, render } from "./html.js";

const AHEAD = "600px";

// The placeholder while nothing else is shown; `kind` is its class.
export const skeleton = (kind, rows, parts) => html`
  <div class="${kind}" id="skeleton" aria-hidden="true">
    ${Array.from({ length: rows }, () => html`<div>${Array.from({ length: parts }, () => html`<span></span>`)}</div>`)}
  </div>
`;

export const failure = (title, { detail }) => html`
  <div class="nothing" role="alert">
    <h2>${title}</h2>
    <p>${detail}</p>
    <p><button type="button" class="button" data-end="retry">Try again</button></p>
  </div>
`;

const nothing = ([title, text, { area, step, at } = /** @type {any} */ ({})]) => html`
  <div class="nothing">
    ${area && drawing(area)}
    ${title && html`<h2>${title}</h2>`}
    <p>${text}</p>
    ${step && html`<p><button type="button" class="button" data-first="${at}">${step}</button></p>`}
  </div>
`;

// The first step is already on the page: a box to write in, or a button.
const take = (selector) => {
  const place = document.querySelector(selector);
  if (place?.matches("input, textarea")) place.focus();
  else place?.click();
};

const more = (what, isLoading) => html`
  <button type="button" class="button quiet ${isLoading && "waiting"}" data-end="more" aria-disabled="${isLoading}">
    ${isLoading ? `Loading ${what}…` : `Load ${what}`}
  </button>
`;

const below = ({ state, next, problem }, count, words) => {
  if (state === "failed") return failure(words.failed, problem);
  if (state === "loading") return count ? html`` : words.waiting ?? html``;
  if (next) return more(words.more ?? "more", state === "more");
  return count === 0 ? nothing(words.nothing()) : html``;
};

const said = ({ state, next }, count, { loading, counted }) => {
  if (state === "loading") return loading;
  if (state === "failed" || count === 0) return "";
  return next ? `${counted(count)} shown, more below` : counted(count);
};

// Not touched unless the text changes, so that it isn't read out again.
const say = (status, text) => {
  if (status.textContent !== text) status.textContent = text;
};

// Returns a function that shows the list's state; it takes the number of rows drawn. `words`: `failed`, the heading if
// loading failed; `waiting`, shown while loading; `more`, what there is more of; `nothing`, a heading, a
// sentence, and perhaps the drawing of an area and a first step with the element that it leads to; `counted` and `loading`, for the status. With `isEager`, more is loaded as the end comes into view.
export const startEnd = ({ list, main, place = main.querySelector("#end"), words, isEager = true, signal }) => {
  const bones = main.querySelector("#skeleton");
  const watcher = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) list.more();
  }, { rootMargin: AHEAD });
  let shown = "";
  const show = (count) => {
    const markup = below(list, count, words);
    if (markup.text === shown) return;
    shown = markup.text;
    const hadFocus = place.contains(document.activeElement);
    render(place, markup);
    if (hadFocus) (place.querySelector("button") ?? place).focus({ preventScroll: true });
  };
  place.tabIndex = -1;
  place.addEventListener("click", ({ target }) => {
    const { end, first } = target.closest("[data-end], [data-first]")?.dataset ?? {};
    if (end) list[end]();
    if (first) take(first);
  }, { signal });
  signal.addEventListener("abort", () => watcher.disconnect());
  return (count) => {
    if (bones) bones.hidden = list.state !== "loading" || count > 0;
    if (words.counted) say(main.querySelector("#count"), said(list, count, words));
    show(count);
    watcher.disconnect();
    // Observed afresh each time: a short page may leave the end in view.
    if (isEager && list.state === "ready" && list.next) watcher.observe(place);
  };
};
