// The start of the application: every route and every entry of the navigation is listed here.

import { carry } from "./account/entering.js";
import { startConversations } from "./chat/conversations.js";
import { startSending } from "./chat/sending.js";
import { showUnread, startUnread } from "./chat/unread.js";
import { config, loadConfig } from "./core/config.js";
import { dropAllDrafts } from "./core/drafts.js";
import { showNav, showTools, startHeader } from "./core/header.js";
import * as hosted from "./core/hosted.js";
import { html, render } from "./core/html.js";
import { startLive } from "./live/live.js";
import { loadMe, onMe } from "./core/me.js";
import { currentPath, go, rememberPlace, startRouter, tellNext } from "./core/router.js";
import * as session from "./core/session.js";
import { startSaving } from "./todos/sending.js";
// What was posted or said and not sent is sent on whichever page one is.
import "./wall/sending.js";

// `access`: "anyone", "guest" (signed out only) or "person" (signed in only); `nav`: its name in the navigation;
// `below`: the addresses under it are its own too.
const routes = [
  { path: "/", title: "Welcome", access: "guest", page: () => import("./core/home.js") },
  { path: "/sign-in", title: "Sign in", access: "guest", page: () => import("./account/sign-in.js") },
  { path: "/sign-up", title: "Sign up", access: "guest", page: () => import("./account/sign-up.js") },
  { path: "/confirm", title: "Confirm your address", access: "guest", page: () => import("./account/confirm.js") },
  { path: "/forgot", title: "Forgotten password", access: "guest", page: () => import("./account/forgot.js") },
  { path: "/reset", title: "New password", access: "guest", page: () => import("./account/reset.js") },
  { path: "/profile", title: "Your account", access: "person", page: () => import("./account/profile.js") },
  { path: "/albums", title: "Albums", access: "person", nav: "Albums", page: () => import("./albums/page.js") },
  { path: "/todos", title: "To-dos", access: "person", nav: "To-dos", page: () => import("./todos/page.js") },
  {
    path: "/files", title: "Files", access: "person", nav: "Files", below: true,
    page: () => import("./files/page.js"),
  },
  { path: "/wall", title: "Wall", access: "anyone", nav: "Wall", page: () => import("./wall/page.js") },
  { path: "/chat", title: "Chat", access: "person", nav: "Chat", below: true, page: () => import("./chat/page.js") },
  { path: "/blog", title: "Blog", access: "anyone", nav: "Blog", below: true, page: () => import("./articles/page.js") },
  { path: "/speech", title: "Speech", access: "person", nav: "Speech", page: () => import("./speech/page.js") },
  { path: "/write", title: "Write", access: "person", below: true, page: () => import("./articles/desk.js") },
  {
    path: "/subscription/confirm",
    title: "Confirm your subscription",
    access: "anyone",
    page: async () => (await import("./subscribers/subscription.js")).confirming,
  },
  {
    path: "/subscription/end",
    title: "End your subscription",
    access: "anyone",
    page: async () => (await import("./subscribers/subscription.js")).ending,
  },
];

const AFTER_SIGN_IN = "/albums";

const entries = routes.filter((route) => route.nav);

const showEntries = (path) => {
  showNav(entries, path);
  showUnread();
};

const onShow = (route) => {
  showEntries(route.path);
  loadMe();
};

const signOut = () => {
  const leaveHosted = session.wasHosted();
  session.signOut();
  if (leaveHosted) hosted.leave();
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

const onSession = ({ signedIn, reason, email }) => {
  if (signedIn) return;
  if (reason === "left") onLeft("You are signed out.");
  else if (reason === "erased") onLeft("Your account and all that it held are deleted.");
  else onEndedUnasked(reason, email);
};

const finishHosted = async () => {
  try {
    session.start(await hosted.finish(), { hosted: true });
  } catch (error) {
    tellNext(`The hosted sign-in did not succeed. ${error.message}`, "warning");
    history.replaceState(null, "", "#/sign-in");
  }
};

const showFooter = () => {
  const link = html` <p><a href="${config().api}/openapi.json">The API, as OpenAPI</a></p>`;
  const foot = document.getElementById("foot");
  render(foot, html`<p>A commonplace book is where one person keeps everything worth keeping.</p>${link}`);
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
  showTools(signOut);
  try {
    await loadConfig();
  } catch {
    showBroken();
    return;
  }
  showFooter();
  onMe(() => {
    showTools(signOut);
    showEntries(currentPath());
  });
  session.onSession(onSession);
  if (hosted.isReturning()) await finishHosted();
  startUnread();
  startConversations();
  startLive();
  startSending();
  startSaving();
  await startRouter({ routes, afterSignIn: AFTER_SIGN_IN, onShow });
};

boot();
