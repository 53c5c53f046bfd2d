// Temporary credentials for the person's folder, which the identity pool gives for the ID token.
// They are kept in memory only, renewed before they expire, and forgotten with the sign-in.

import { ask as askAws } from "../core/aws.js";
import { config } from "../core/config.js";
import * as session from "../core/session.js";
import * as clock from "./clock.js";
import { FolderError } from "./failures.js";

const MARGIN = 5 * 60000;
const CODES = { NetworkError: "Unreachable", TooManyRequestsException: "SlowDown" };

let kept = null;
let renewal = null;

const ask = async (action, body) => {
  try {
    return await askAws(config().identityEndpoint, `AWSCognitoIdentityService.${action}`, body);
  } catch ({ code, status }) {
    throw new FolderError(CODES[code] ?? code, { status });
  }
};

const tokenOf = async () => {
  try {
    const token = await session.idToken();
    if (token) return token;
  } catch {
    if (session.isSignedIn()) throw new FolderError("Unreachable");
  }
  throw new FolderError("SignedOut");
};

const logins = async () => {
  const { region, userPoolId } = config();
  return { [`cognito-idp.${region}.amazonaws.com/${userPoolId}`]: await tokenOf() };
};

const exchange = async () => {
  const Logins = await logins();
  const { IdentityId } = await ask("GetId", { IdentityPoolId: config().identityPoolId, Logins });
  const { Credentials: given } = await ask("GetCredentialsForIdentity", { IdentityId, Logins });
  return {
    folder: IdentityId,
    id: given.AccessKeyId,
    secret: given.SecretKey,
    token: given.SessionToken,
    endsAt: given.Expiration * 1000,
  };
};

// A token may be refused before it expires, as after signing out everywhere; renewing it shows whether that is so.
const exchangeAgain = async () => {
  try {
    await session.renew();
    return await exchange();
  } catch (error) {
    if (error.code === "NotAuthorizedException") session.end("expired");
    throw session.isSignedIn() ? new FolderError("Unreachable") : new FolderError("SignedOut");
  }
};

const renewOnce = async () => {
  const owner = session.person()?.id;
  const given = await exchange().catch((error) => {
    if (error.code === "NotAuthorizedException") return exchangeAgain();
    throw error;
  });
  if (!owner || session.person()?.id !== owner) throw new FolderError("SignedOut");
  kept = given;
  return kept;
};

// Simultaneous calls share one exchange.
const renew = () => {
  const running = (renewal ??= renewOnce().finally(() => {
    if (renewal === running) renewal = null;
  }));
  return running;
};

const isGood = () => kept !== null && clock.now() < kept.endsAt - MARGIN;

export const credentials = async () => (isGood() ? kept : renew());

// The prefix of everything the person has.
export const root = async () => `${(kept ?? (await renew())).folder}/`;

// For credentials that S3 no longer accepts.
export const forget = () => {
  kept = null;
};

session.onSession(() => {
  forget();
  renewal = null;
});
