// The browser's own notifications while the page is hidden: only for the person who asked for them here, by a click.

import { me } from "../core/me.js";
import { go } from "../core/router.js";
import { isSignedIn, onSession } from "../core/session.js";
import { onNotice } from "./notices.js";

const KEY = "notices-here";

const kept = () => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
};

const keep = (id) => {
  try {
    if (id) localStorage.setItem(KEY, id);
    else localStorage.removeItem(KEY);
  } catch {
    // Without storage nothing is shown here.
  }
};

export const canShow = () => "Notification" in globalThis;

export const isBlocked = () => canShow() && Notification.permission === "denied";

export const isShown = () => canShow() && Notification.permission === "granted" && kept() === me()?.id;

// Whether they are shown from now on; the browser may ask the person first.
export const switchOn = async () => {
  if ((await Notification.requestPermission()) !== "granted") return false;
  keep(me()?.id);
  return isShown();
};

export const switchOff = () => keep(null);

const show = ({ id, text, url }) => {
  if (!document.hidden || !isShown()) return;
  try {
    // The tag makes one of what several tabs show.
    const shown = new Notification("Commonplace", { body: text, tag: id, icon: "/favicon.svg" });
    shown.addEventListener("click", () => {
      focus();
      shown.close();
      go(url);
    });
  } catch {
    // Some phones' browsers leave this to service workers.
  }
};

export const startDevice = () => {
  onNotice(show);
  onSession(() => isSignedIn() || switchOff());
};
