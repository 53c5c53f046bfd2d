// Hash routes: finds the page for the address, shows it, and ends the one before. A feature declares its routes:
// `access` is "anyone", "guest" (signed out only) or "person" (signed in only); `nav` is the label in the navigation
// and `place` its position; with `below` the route also matches all addresses under it; `area` is the one whose colour the
// page has, if it is not that of its address.

import { html, render } from "./html.js";
import { mayLeave } from "./guard.js";
import { isSignedIn } from "./session.js";
import * as storage from "./storage.js";

const PLACE = "return-to";
const SITE = "Commonplace";

let routes = [];
let afterSignIn = "/";
let onShow = (_route) => null;
let visit = null;
let shown = null;
let flash = null;

const parse = (hash) => {
  const [path, query = ""] = (hash.startsWith("#/") ? hash.slice(1) : "/").split("?");
  return { path, query: new URLSearchParams(query) };
};

export const currentPath = () => parse(location.hash).path;

// Shown once, at the top of the next page.
export const tellNext = (text, kind = "note") => {
  flash = { text, kind };
};

export const rememberPlace = () => storage.write(PLACE, location.hash);

export const goAfterSignIn = () => {
  const place = storage.read(PLACE);
  storage.remove(PLACE);
  return go(place ? place.slice(1) : afterSignIn);
};

export const setQuery = (given) => {
  const query = new URLSearchParams(Object.entries(given).filter(([, value]) => value));
  shown = `#${currentPath()}${query.size ? `?${query}` : ""}`;
  history.replaceState(null, "", shown);
};

// Changes the address without leaving the page: something new now has its own.
export const setPath = (path) => {
  shown = `#${path}`;
  history.replaceState(null, "", shown);
};

export const setTitle = (title) => {
  document.title = `${title} · ${SITE}`;
};

export const missingPage = {
  show({ main }) {
    render(main, html`
      <div class="narrow">
        <h1 tabindex="-1">Page not found</h1>
        <p>The address may have been mistyped, or the page has moved.</p>
        <p><a class="button" href="#/">Go to the start</a></p>
      </div>
    `);
  },
};

const brokenPage = {
  show({ main }) {
    render(main, html`
      <div class="narrow">
        <h1 tabindex="-1">This page could not be loaded</h1>
        <p>The connection may have been lost on the way.</p>
        <p><button type="button" class="button">Try again</button></p>
      </div>
    `);
    main.querySelector("button").addEventListener("click", () => location.reload());
  },
};

const load = async (route) => {
  try {
    return await route.page();
  } catch {
    return brokenPage;
  }
};

const isAllowed = (route) => {
  if (route.access === "person" && !isSignedIn()) {
    rememberPlace();
    flash ??= { text: "Please sign in to go on.", kind: "note" };
    go("/sign-in", { replace: true });
    return false;
  }
  if (route.access === "guest" && isSignedIn()) {
    goAfterSignIn();
    return false;
  }
  return true;
};

const showFlash = (main) => {
  if (!flash) return;
  const notice = document.createElement("p");
  notice.className = `notice ${flash.kind}`;
  notice.setAttribute("role", "status");
  notice.textContent = flash.text;
  (main.querySelector(".narrow") ?? main).prepend(notice);
  flash = null;
};

// One page fades into the next, unless the person asked for less motion or is not looking.
const changing = (enter) => {
  const isStill = document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (isStill || !document.startViewTransition) return enter();
  const transition = document.startViewTransition(enter);
  // Rejected where another page comes before the fading has ended.
  transition.ready.catch(() => null);
  return transition.updateCallbackDone;
};

const find = (path) =>
  routes.find((route) => route.path === path || (route.below && path.startsWith(`${route.path}/`)));

const open = async ({ isFirst }) => {
  const { path, query } = parse(location.hash);
  const route = find(path) ?? { title: "Not found", page: () => missingPage };
  visit?.abort();
  const here = (visit = new AbortController());
  if (!isAllowed(route)) return;
  shown = location.hash;
  const page = await load(route);
  if (here.signal.aborted) return;
  const enter = () => {
    if (here.signal.aborted) return;
    const main = document.getElementById("main");
    document.title = route.path === "/" ? SITE : `${route.title} · ${SITE}`;
    page.show({ main, path, query, signal: here.signal });
    showFlash(main);
    onShow(route);
    if (isFirst) return;
    scrollTo(0, 0);
    main.querySelector("h1")?.focus({ preventScroll: true });
  };
  await (isFirst ? enter() : changing(enter));
};

const onHashChange = async () => {
  if (location.hash && !location.hash.startsWith("#/")) return;
  if (location.hash === shown) return;
  const wanted = location.hash;
  if (!(await mayLeave())) {
    history.pushState(null, "", shown || "#/");
    return;
  }
  if (location.hash === wanted) await open({ isFirst: false });
};

// Navigates without asking about unsaved changes.
export function go(path, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", `#${path}`);
  return open({ isFirst: false });
}

// For who is signed in now.
export const reopen = () => open({ isFirst: false });

export const startRouter = (given) => {
  ({ routes, afterSignIn, onShow } = given);
  addEventListener("hashchange", onHashChange);
  return open({ isFirst: true });
};
