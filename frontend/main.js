// Starts the application from what the features declare.

import { carry } from "./account/entering.js";
import { loadConfig } from "./core/config.js";
import { dropAllDrafts } from "./core/drafts.js";
import { isFramed, showNav, showTools, startHeader } from "./core/header.js";
import * as hosted from "./core/hosted.js";
import { html, render } from "./core/html.js";
import { loadMe, onMe } from "./core/me.js";
import { go, rememberPlace, reopen, startRouter, tellNext } from "./core/router.js";
import * as session from "./core/session.js";
import { features } from "./features.js";
import { startLive } from "./live/live.js";

const routes = features.flatMap((feature) => feature.routes);

const entries = routes.filter((route) => route.nav).sort((one, other) => one.place - other.place);

let shown = /** @type {any} */ ({});

const signOut = () => {
  const leaveHosted = session.wasHosted();
  session.signOut();
  if (leaveHosted) hosted.leave();
};

const showFrame = () => {
  showTools(signOut);
  showNav(entries, shown);
};

const onShow = (route) => {
  shown = route;
  showFrame();
  loadMe();
};

const onLeft = (text) => {
  dropAllDrafts();
  tellNext(text);
  return go("/");
};

const onEndedUnasked = (reason, email) => {
  rememberPlace();
  carry({ email });
  tellNext(reason === "elsewhere"
    ? "You signed out in another tab."
    : "Your sign-in has ended. Sign in again to go on: what you typed is kept.", "warning");
  return go("/sign-in");
};

const onSession = ({ signedIn, elsewhere, reason, email }) => {
  if (signedIn) {
    if (elsewhere) reopen();
    return;
  }
  if (reason === "left") onLeft("You are signed out.");
  else if (reason === "replaced") onLeft("Somebody else signed in in another tab.");
  else if (reason === "erased") onLeft("Your account and everything in it were deleted.");
  else onEndedUnasked(reason, email);
};

const finishHosted = async () => {
  try {
    const { tokens, kept } = await hosted.finish();
    session.start(tokens, { hosted: true, kept });
  } catch (error) {
    tellNext(`The hosted sign-in did not succeed. ${error.message}`, "warning");
    history.replaceState(null, "", "#/sign-in");
  }
};

const showBroken = () => {
  const main = document.getElementById("main");
  render(main, html`
    <div class="narrow">
      <h1 tabindex="-1">Commonplace can't start</h1>
      <p role="alert">Its settings could not be loaded. Check your connection and try again.</p>
      <p><button type="button" class="button">Try again</button></p>
    </div>
  `);
  main.querySelector("button").addEventListener("click", () => location.reload());
};

const boot = async () => {
  startHeader();
  try {
    await loadConfig();
  } catch {
    showBroken();
    return;
  }
  await session.join(); // and what was kept for this person is sent, for which the settings have to be there
  showTools(signOut);
  onMe(() => isFramed() && showFrame());
  session.onSession(onSession);
  if (hosted.isReturning()) await finishHosted();
  features.forEach(({ start }) => start?.(features));
  startLive();
  await startRouter({ routes, afterSignIn: entries[0].path, onShow });
};

boot();
