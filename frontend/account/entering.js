// The step from "has a password" to "is signed in", and the address that is carried between the account's pages.

import * as cognito from "../core/cognito.js";
import { config } from "../core/config.js";
import { html } from "../core/html.js";
import { loadMe } from "../core/me.js";
import { goAfterSignIn } from "../core/router.js";
import * as session from "../core/session.js";
import * as storage from "../core/storage.js";

const KEY = "entering";

// The password is kept in memory only, and only until its next use.
let password = null;

export const carry = ({ email, password: typed = null }) => {
  storage.write(KEY, { email });
  password = typed;
};

export const carriedEmail = () => storage.read(KEY)?.email ?? "";

export const takePassword = (email) => {
  const taken = email === carriedEmail() ? password : null;
  password = null;
  return taken;
};

export const enter = async (credentials, { kept = false } = {}) => {
  const tokens = await cognito.signIn(credentials);
  storage.remove(KEY);
  password = null;
  session.start(tokens, { kept });
  await loadMe();
  await goAfterSignIn();
};

export const mailboxHint = (what = "the code") => config().demo && html`
  <p class="aside">
    Mail stays on this laptop: <a href="/mailbox" target="_blank">open the mailbox</a> to read ${what}.
  </p>
`;
