// The header of every page: navigation, the person, the theme, and a note when the cloud can't be reached.

import { hasUnsaved, mayLeave } from "./guard.js";
import { html, render } from "./html.js";
import { me } from "./me.js";
import { network } from "./network.js";
import { isSignedIn } from "./session.js";
import { makeSignal } from "./signals.js";

const shownNav = makeSignal();

const BANNERS = {
  online: "",
  offline: "You are offline. You can keep reading; your changes are kept here until they can be saved.",
  unreachable: "Commonplace can't be reached right now. What you type is kept here.",
};

const themeButton = html`
  <button type="button" class="icon-button" id="theme">
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="6.5"/><path class="solid" d="M10 3.5a6.5 6.5 0 0 1 0 13z"/>
    </svg>
    <span class="unseen">Dark theme</span>
  </button>
`;

export const initials = (name) => name.split(/\s+/).map((word) => word[0] ?? "").slice(0, 2).join("").toUpperCase();

const personTools = ({ name }) => html`
  <a class="person" href="#/profile">
    <span class="initials" aria-hidden="true">${initials(name)}</span>
    <span class="person-name">${name}</span>
  </a>
  <button type="button" class="button quiet small" id="sign-out">Sign out</button>
`;

const guestTools = html`
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

export const showTools = (onSignOut) => {
  const person = me();
  const tools = document.getElementById("tools");
  render(tools, html`${themeButton}${person ? personTools(person) : guestTools}`);
  showTheme();
  tools.querySelector("#theme").addEventListener("click", switchTheme);
  tools.querySelector("#sign-out")?.addEventListener("click", async () => {
    if (!hasUnsaved() || (await mayLeave())) onSignOut();
  });
};

const isWithin = (path, current) => current === path || current?.startsWith(`${path}/`);

// Fires whenever a page is shown, with its place in the navigation.
export const onNav = shownNav.listen;

// Existing links stay, and with them the focus.
const drawNav = (nav, open, current) => {
  const shown = JSON.stringify([current, open]);
  if (nav.dataset.shown === shown) return;
  nav.dataset.shown = shown;
  nav.hidden = open.length === 0;
  render(nav, html`<ul>${open.map((entry) => html`
    <li><a href="#${entry.path}"${isWithin(entry.path, current) && html` aria-current="page"`}>${entry.nav}</a></li>
  `)}</ul>`);
  // On a phone the row is wider than the screen. Scrolling into view would also make Tab start there.
  const here = nav.querySelector("[aria-current]");
  if (here) nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
};

export const showNav = (entries, current) => {
  const open = entries.filter((entry) => entry.access !== "person" || isSignedIn());
  drawNav(document.getElementById("nav"), open, current);
  shownNav.tell();
};

const showBanner = (state) => {
  const banner = document.getElementById("banner");
  banner.textContent = BANNERS[state];
  banner.classList.toggle("shown", state !== "online");
};

export const startHeader = () => {
  network.listen(showBanner);
  showBanner(network.state());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("main").focus();
  });
};
