// Below the list: more of it, nothing at all, still loading, or what went wrong.

import { html, render } from "../core/html.js";
import { counted } from "./sizes.js";

const SKELETON_ROWS = 5;
const AHEAD = "600px";

export const skeleton = html`
  <div class="skeleton files-skeleton" id="skeleton" aria-hidden="true">
    ${Array.from({ length: SKELETON_ROWS }, () => html`<div><span></span><span></span><span></span></div>`)}
  </div>
`;

const empty = (isRoot) => (isRoot
  ? html`<div class="nothing"><h2>Your folder is empty</h2>
      <p>Drop files here, or upload them. Nobody but you can see them.</p></div>`
  : html`<div class="nothing"><h2>Nothing in here yet</h2><p>Drop files here, or upload them.</p></div>`);

const failure = ({ problem }) => html`
  <div class="nothing" role="alert">
    <h2>The folder could not be loaded</h2>
    <p>${problem.detail}</p>
    <p><button type="button" class="button" data-end="retry">Try again</button></p>
  </div>
`;

const more = (isLoading) => html`
  <button type="button" class="button quiet ${isLoading && "waiting"}" data-end="more" aria-disabled="${isLoading}">
    ${isLoading ? "Loading more…" : "Load more"}
  </button>
`;

const below = (listing, count, isRoot) => {
  if (listing.state === "failed") return failure(listing);
  if (listing.state === "more") return more(true);
  if (listing.state === "ready" && listing.next) return more(false);
  return listing.state === "ready" && count === 0 ? empty(isRoot) : html``;
};

const said = (listing) => {
  if (listing.state === "loading" && !listing.files.size && !listing.folders.size) return "Loading…";
  if (listing.state === "failed") return "";
  const parts = [[listing.folders.size, "folder"], [listing.files.size, "file"]].filter(([number]) => number);
  const text = parts.map(([number, one]) => counted(number, one)).join(", ");
  return listing.next ? `${text} shown, more below` : text;
};

export const showEnd = (main, listing, isRoot) => {
  const count = listing.files.size + listing.folders.size;
  const end = main.querySelector("#end");
  const status = main.querySelector("#count");
  if (status.textContent !== said(listing)) status.textContent = said(listing);
  main.querySelector("#skeleton").hidden = listing.state !== "loading" || count > 0;
  main.querySelector("#files").hidden = count === 0;
  const look = `${listing.state} ${Boolean(listing.next)} ${count === 0} ${listing.problem?.detail}`;
  // Untouched while it says the same, so that an alert is not read out again.
  if (end.dataset.look === look) return;
  end.dataset.look = look;
  const hadFocus = end.contains(document.activeElement);
  render(end, below(listing, count, isRoot));
  if (hadFocus) end.querySelector("button")?.focus({ preventScroll: true });
};

// Loads on as the end comes near.
export const startEnd = ({ end, listing, signal }) => {
  const watcher = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) listing.more();
  }, { rootMargin: AHEAD });
  end.addEventListener("click", ({ target }) => {
    const wanted = target.closest("[data-end]")?.dataset.end;
    if (wanted === "more") listing.more();
    if (wanted === "retry") listing.retry();
  });
  signal.addEventListener("abort", () => watcher.disconnect());
  return () => {
    watcher.disconnect();
    if (listing.state === "ready" && listing.next) watcher.observe(end);
  };
};
