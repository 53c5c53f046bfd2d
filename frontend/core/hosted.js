// Sign-in on Cognito's hosted pages: the authorization code flow with PKCE.

import { config } from "./config.js";
import * as storage from "./storage.js";

const KEY = "hosted";
const SCOPES = "openid email profile aws.cognito.signin.user.admin";

const home = () => `${location.origin}/`;

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

const challengeOf = async (verifier) =>
  base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));

const page = (path, parameters) => `${config().hostedUi}${path}?${new URLSearchParams(parameters)}`;

export const isOffered = () => Boolean(config().hostedUi);

export const begin = async (kept) => {
  const attempt = { state: random(), verifier: random(), kept };
  storage.write(KEY, attempt);
  location.assign(page("/oauth2/authorize", {
    response_type: "code",
    client_id: config().userPoolClientId,
    redirect_uri: home(),
    scope: SCOPES,
    state: attempt.state,
    code_challenge_method: "S256",
    code_challenge: await challengeOf(attempt.verifier),
  }));
};

export const isReturning = () => {
  const answer = new URLSearchParams(location.search);
  return answer.has("state") && (answer.has("code") || answer.has("error"));
};

const exchange = async (code, verifier) => {
  const response = await fetch(`${config().hostedUi}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: config().userPoolClientId,
      redirect_uri: home(),
      code,
      code_verifier: verifier,
    }),
    signal: AbortSignal.timeout(20000),
  });
  if (!response.ok) throw new Error("The code was not accepted.");
  const given = await response.json();
  return {
    idToken: given.id_token,
    accessToken: given.access_token,
    refreshToken: given.refresh_token,
    expiresIn: given.expires_in,
  };
};

export const finish = async () => {
  const answer = new URLSearchParams(location.search);
  const attempt = storage.read(KEY);
  storage.remove(KEY);
  // The code works only once; keep it out of the address and the history.
  history.replaceState(null, "", `/${location.hash}`);
  if (answer.has("error")) throw new Error(answer.get("error_description") ?? answer.get("error"));
  if (!attempt || attempt.state !== answer.get("state")) throw new Error("It was not started in this tab.");
  return { tokens: await exchange(answer.get("code"), attempt.verifier), kept: attempt.kept };
};

export const leave = () =>
  location.assign(page("/logout", { client_id: config().userPoolClientId, logout_uri: home() }));
