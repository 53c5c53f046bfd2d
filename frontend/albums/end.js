// Below the table: how many there are, more of them, nothing found, still loading, or what went wrong.

import { html, render } from "../core/html.js";

const SKELETON_ROWS = 8;
const AHEAD = "600px";

export const skeleton = html`
  <div class="skeleton" id="skeleton" aria-hidden="true">
    ${Array.from({ length: SKELETON_ROWS }, () => html`<div><span></span><span></span><span></span></div>`)}
  </div>
`;

const isFiltered = ({ filter }) => Object.values(filter).some(Boolean);

const nothing = (title, text) => html`<div class="nothing"><h2>${title}</h2><p>${text}</p></div>`;

const empty = (shelf) => isFiltered(shelf)
  ? nothing("Nothing found", "No album matches. Try fewer words, or clear the filters.")
  : nothing("No albums yet", "Add the first one: everything worth keeping starts somewhere.");

const failure = ({ problem }) => html`
  <div class="nothing" role="alert">
    <h2>The albums could not be loaded</h2>
    <p>${problem.detail}</p>
    <p><button type="button" class="button" data-end="retry">Try again</button></p>
  </div>
`;

const more = (isLoading) => html`
  <button type="button" class="button quiet ${isLoading && "waiting"}" data-end="more" aria-disabled="${isLoading}">
    ${isLoading ? "Loading more…" : "Load more"}
  </button>
`;

const below = (shelf, count) => {
  if (shelf.state === "failed") return failure(shelf);
  if (shelf.state === "more") return more(true);
  if (shelf.state === "ready" && shelf.next) return more(false);
  return shelf.state === "ready" && count === 0 ? empty(shelf) : html``;
};

const counted = (shelf, count) => {
  if (shelf.state === "loading") return "Loading albums…";
  if (shelf.state === "failed" || count === 0) return "";
  const albums = count === 1 ? "1 album" : `${count} albums`;
  return shelf.next ? `${albums} shown, more below` : albums;
};

const set = (target, text) => {
  // Untouched while it says the same, so that it is not read out again.
  if (target.textContent !== text) target.textContent = text;
};

export const showEnd = (main, shelf) => {
  const count = shelf.rows().length;
  const end = main.querySelector("#end");
  const hadFocus = end.contains(document.activeElement);
  set(main.querySelector("#count"), counted(shelf, count));
  main.querySelector("#skeleton").hidden = shelf.state !== "loading" || count > 0;
  const table = main.querySelector("table.albums");
  table.hidden = count === 0;
  table.classList.toggle("stale", shelf.state === "loading");
  render(end, below(shelf, count));
  if (hadFocus) end.querySelector("button")?.focus({ preventScroll: true });
  end.dispatchEvent(new Event("shown"));
};

// Loads on as the end comes near; after each page it looks again, for the page may be short.
export const startEnd = ({ end, shelf, signal }) => {
  const watcher = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) shelf.more();
  }, { rootMargin: AHEAD });
  end.addEventListener("shown", () => {
    watcher.disconnect();
    if (shelf.state === "ready" && shelf.next) watcher.observe(end);
  });
  end.addEventListener("click", ({ target }) => {
    const wanted = target.closest("[data-end]")?.dataset.end;
    if (wanted === "more") shelf.more();
    if (wanted === "retry") shelf.retry();
  });
  signal.addEventListener("abort", () => watcher.disconnect());
};
