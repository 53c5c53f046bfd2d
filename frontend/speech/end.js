// Below the list: more of it, none at all, still loading, or what went wrong.

import { html, render } from "../core/html.js";

export const skeleton = html`
  <div class="wall-skeleton" id="skeleton" aria-hidden="true">
    ${Array.from({ length: 2 }, () => html`<div><span></span><span></span></div>`)}
  </div>
`;

const empty = html`
  <div class="nothing"><h2>Nothing to hear yet</h2><p>Write something above, and choose who shall say it.</p></div>
`;

const failure = ({ problem }) => html`
  <div class="nothing" role="alert">
    <h2>Your texts could not be loaded</h2>
    <p>${problem.detail}</p>
    <p><button type="button" class="button" data-end="retry">Try again</button></p>
  </div>
`;

const more = (isLoading) => html`
  <button type="button" class="button quiet ${isLoading && "waiting"}" data-end="more" aria-disabled="${isLoading}">
    ${isLoading ? "Loading older texts…" : "Load older texts"}
  </button>
`;

const below = (jobs) => {
  if (jobs.state === "failed") return failure(jobs);
  if (jobs.state === "more") return more(true);
  if (jobs.state === "ready" && jobs.next) return more(false);
  return jobs.state === "ready" && jobs.jobs.size === 0 ? empty : html``;
};

export const showEnd = (main, jobs) => {
  const end = main.querySelector("#end");
  const hadFocus = end.contains(document.activeElement);
  main.querySelector("#skeleton").hidden = jobs.state !== "loading" || jobs.jobs.size > 0;
  const look = `${jobs.state} ${Boolean(jobs.next)} ${jobs.jobs.size === 0} ${jobs.problem?.detail}`;
  // Untouched while it says the same, so that an alert is not read out again.
  if (end.dataset.look === look) return;
  end.dataset.look = look;
  render(end, below(jobs));
  if (hadFocus) end.querySelector("button")?.focus({ preventScroll: true });
};
