// Below the posts: older ones, none at all, still loading, or what went wrong.

import { html, render } from "../core/html.js";

const AHEAD = "600px";
const SKELETON_ROWS = 4;

export const skeleton = html`
  <div class="wall-skeleton" id="skeleton" aria-hidden="true">
    ${Array.from({ length: SKELETON_ROWS }, () => html`<div><span></span><span></span></div>`)}
  </div>
`;

const empty = html`
  <div class="nothing"><h2>Nothing on the wall yet</h2><p>The first post will appear here, for everybody.</p></div>
`;

const failure = ({ problem }) => html`
  <div class="nothing" role="alert">
    <h2>The posts could not be loaded</h2>
    <p>${problem.detail}</p>
    <p><button type="button" class="button" data-end="retry">Try again</button></p>
  </div>
`;

const more = (isLoading) => html`
  <button type="button" class="button quiet ${isLoading && "waiting"}" data-end="more" aria-disabled="${isLoading}">
    ${isLoading ? "Loading older posts…" : "Load older posts"}
  </button>
`;

const below = (posts, count) => {
  if (posts.state === "failed") return failure(posts);
  if (posts.state === "more") return more(true);
  if (posts.state === "ready" && posts.next) return more(false);
  return posts.state === "ready" && count === 0 ? empty : html``;
};

export const showEnd = (main, posts, count) => {
  const end = main.querySelector("#end");
  const hadFocus = end.contains(document.activeElement);
  main.querySelector("#skeleton").hidden = posts.state !== "loading" || count > 0;
  const look = `${posts.state} ${Boolean(posts.next)} ${count === 0} ${posts.problem?.detail}`;
  // Untouched while it says the same, so that an alert is not read out again.
  if (end.dataset.look === look) return;
  end.dataset.look = look;
  render(end, below(posts, count));
  if (hadFocus) end.querySelector("button")?.focus({ preventScroll: true });
};

// Loads on as the end comes near.
export const startEnd = ({ end, posts, signal }) => {
  const watcher = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) posts.older();
  }, { rootMargin: AHEAD });
  const watch = () => {
    watcher.disconnect();
    if (posts.state === "ready" && posts.next) watcher.observe(end);
  };
  end.addEventListener("click", ({ target }) => {
    const wanted = target.closest("[data-end]")?.dataset.end;
    if (wanted === "more") posts.older();
    if (wanted === "retry") posts.retry();
  });
  signal.addEventListener("abort", () => watcher.disconnect());
  return watch;
};
