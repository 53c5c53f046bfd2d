// Around the list: how many there are, more of them, none at all, still loading, or what went wrong.

import { html, render } from "../core/html.js";

const AHEAD = "600px";
const SKELETON_ROWS = 5;

export const skeleton = html`
  <div class="todo-skeleton" id="skeleton" aria-hidden="true">
    ${Array.from({ length: SKELETON_ROWS }, () => html`<div><span></span><span></span></div>`)}
  </div>
`;

const NOTHING = {
  all: ["Nothing to do yet", "Write the first thing down: Enter adds it, and you can go on writing."],
  open: ["Nothing left to do", "All that was on the list is done."],
  done: ["Nothing done yet", "What you tick off is kept here until you clear it."],
};

const nothing = ([title, text]) => html`<div class="nothing"><h2>${title}</h2><p>${text}</p></div>`;

const failure = ({ problem }) => html`
  <div class="nothing" role="alert">
    <h2>The to-dos could not be loaded</h2>
    <p>${problem.detail}</p>
    <p><button type="button" class="button" data-end="retry">Try again</button></p>
  </div>
`;

const more = (isLoading) => html`
  <button type="button" class="button quiet ${isLoading && "waiting"}" data-end="more" aria-disabled="${isLoading}">
    ${isLoading ? "Loading more…" : "Load more"}
  </button>
`;

const below = (todos, count) => {
  if (todos.state === "failed") return failure(todos);
  if (todos.state === "more") return more(true);
  if (todos.state === "ready" && todos.next) return more(false);
  return todos.state === "ready" && count === 0 ? nothing(NOTHING[todos.filter]) : html``;
};

const UNITS = { all: "", open: " open", done: " done" };

const counted = (todos, count) => {
  if (todos.state === "loading" && !count) return "Loading to-dos…";
  if (!count) return "";
  const words = `${count === 1 ? "1 to-do" : `${count} to-dos`}${UNITS[todos.filter]}`;
  return todos.next ? `${words} shown, more below` : words;
};

const set = (target, text) => {
  // Untouched while it says the same, so that it is not read out again.
  if (target.textContent !== text) target.textContent = text;
};

export const showEnd = (main, todos, count) => {
  const end = main.querySelector("#end");
  const hadFocus = end.contains(document.activeElement);
  set(main.querySelector("#count"), counted(todos, count));
  main.querySelector("#skeleton").hidden = todos.state !== "loading" || count > 0;
  const look = `${todos.state} ${Boolean(todos.next)} ${count === 0} ${todos.filter} ${todos.problem?.detail}`;
  if (end.dataset.look === look) return;
  end.dataset.look = look;
  render(end, below(todos, count));
  if (hadFocus) end.querySelector("button")?.focus({ preventScroll: true });
};

// Loads on as the end comes near; after each page it looks again, for the page may be short.
export const startEnd = ({ end, todos, signal }) => {
  const watcher = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) todos.more();
  }, { rootMargin: AHEAD });
  const watch = () => {
    watcher.disconnect();
    if (todos.state === "ready" && todos.next) watcher.observe(end);
  };
  end.addEventListener("click", ({ target }) => {
    const wanted = target.closest("[data-end]")?.dataset.end;
    if (wanted === "more") todos.more();
    if (wanted === "retry") todos.retry();
  });
  signal.addEventListener("abort", () => watcher.disconnect());
  return watch;
};
