// What frames every page: navigation, the person's menu, the theme, and a note when the cloud can't be reached.

import { avatar } from "./avatars.js";
import { hasUnsaved, mayLeave } from "./guard.js";
import { html, render } from "./html.js";
import { icon, showSprite } from "./icons.js";
import { me } from "./me.js";
import { network } from "./network.js";
import { startPopovers } from "./popovers.js";
import { isSignedIn } from "./session.js";
import { makeSignal } from "./signals.js";
import { BANNERS } from "./states.js";

// In the bar of a phone; the rest is behind "More".
const MOST_USED = 5;

const shownNav = makeSignal();

const personTools = ({ name, email }) => html`
  <button type="button" class="account" id="account" popovertarget="account-menu">
    ${avatar(name)}<span class="unseen">Account: </span><span class="person-name">${name}</span>
  </button>
  <div class="menu sheet" id="account-menu" popover>
    <p class="menu-head"><strong>${name}</strong><span class="muted">${email}</span></p>
    <a class="act" href="#/profile">${icon("person")}<span class="act-text">Your account</span></a>
    <button type="button" class="act" id="theme">${icon("moon")}<span class="act-text">Dark theme</span></button>
    <button type="button" class="act" id="sign-out">${icon("leave")}<span class="act-text">Sign out</span></button>
  </div>
`;

const guestTools = html`
  <button type="button" class="icon-button" id="theme">${icon("moon")}<span class="unseen">Dark theme</span></button>
  <a class="button quiet small" href="#/sign-in">Sign in</a>
  <a class="button small wide-only" href="#/sign-up">Sign up</a>
`;

const isDark = () => getComputedStyle(document.documentElement).colorScheme === "dark"
  || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);

const showTheme = () => document.getElementById("theme").setAttribute("aria-pressed", String(isDark()));

const switchTheme = () => {
  const chosen = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = chosen;
  try {
    localStorage.setItem("theme", chosen);
  } catch {
    // Without storage the choice lasts until the page is closed.
  }
  showTheme();
};

// Redrawn only if it would look different: the menu may be open, or a link have the focus.
const drawOnce = (place, look, markup) => {
  const shown = JSON.stringify(look);
  const isOther = place.dataset.shown !== shown;
  if (isOther) render(place, markup());
  place.dataset.shown = shown;
  return isOther;
};

export const showTools = (onSignOut) => {
  const person = me();
  const tools = document.getElementById("tools");
  const look = person && [person.name, person.email];
  if (!drawOnce(tools, look, () => (person ? personTools(person) : guestTools))) return;
  showTheme();
  tools.querySelector("#theme").addEventListener("click", switchTheme);
  tools.querySelector("#sign-out")?.addEventListener("click", async () => {
    if (!hasUnsaved() || (await mayLeave())) onSignOut();
  });
};

const isWithin = (path, current) => current === path || current?.startsWith(`${path}/`);

const areaOf = (path) => path?.split("/")[1] ?? "";

// Fires whenever a page is shown, with its place in the navigation.
export const onNav = shownNav.listen;

const link = ({ path, nav }) => html`
  <li><a href="#${path}" data-area="${areaOf(path)}">${icon(areaOf(path))}<span class="nav-name">${nav}</span></a></li>
`;

const more = (entries) => html`
  <button type="button" class="nav-more" popovertarget="nav-rest">${icon("more")}<span class="nav-name">More</span></button>
  <ul class="nav-rest sheet" id="nav-rest" popover>${entries.map(link)}</ul>
`;

const navigation = (open) => html`
  <ul class="nav-main">${open.slice(0, MOST_USED).map(link)}</ul>
  ${open.length > MOST_USED && more(open.slice(MOST_USED))}
`;

const markCurrent = (nav, current) => {
  for (const each of nav.querySelectorAll("a")) {
    if (isWithin(each.hash.slice(1), current)) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
};

const frame = () => (isSignedIn() ? "person" : "guest");

// Not while somebody signs in or out: the frame changes with the next page.
export const isFramed = () => document.documentElement.dataset.frame === frame();

// For the route that is shown. With `area` a page that is not in the navigation has the colour of one that is.
export const showNav = (entries, { path: current, area = areaOf(current) }) => {
  const { dataset } = document.documentElement;
  dataset.frame = frame();
  dataset.area = area;
  const open = entries.filter((entry) => entry.access !== "person" || isSignedIn());
  const nav = document.getElementById("nav");
  nav.hidden = open.length === 0;
  drawOnce(nav, open, () => navigation(open));
  markCurrent(nav, current);
  shownNav.tell();
};

const showBanner = (state) => {
  const banner = document.getElementById("banner");
  banner.textContent = BANNERS[state];
  banner.classList.toggle("shown", state !== "online");
};

export const startHeader = () => {
  showSprite();
  startPopovers();
  network.listen(showBanner);
  showBanner(network.state());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("main").focus();
  });
};
