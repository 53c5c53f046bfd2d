// The calls to the user pool, each a plain fetch of its JSON protocol.

import { config } from "./config.js";
import { network } from "./network.js";

const TIMEOUT = 20000;

class CognitoError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "CognitoError";
    this.code = code;
  }
}

const send = async (action, body) => {
  try {
    const response = await fetch(config().cognitoEndpoint, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": `AWSCognitoIdentityProviderService.${action}`,
      },
      body: JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    network.reached();
    return response;
  } catch {
    network.failed();
    throw new CognitoError("NetworkError", "The sign-in service can't be reached.");
  }
};

const ask = async (action, body) => {
  const response = await send(action, body);
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  // The type may come with a namespace before a "#" or an address after a ":".
  const type = answer.__type ?? response.headers.get("x-amzn-errortype") ?? "UnknownError";
  throw new CognitoError(type.split("#").pop().split(":")[0], answer.message ?? answer.Message ?? "");
};

const tokens = (answer) => {
  const result = answer.AuthenticationResult;
  if (!result) throw new CognitoError(answer.ChallengeName ?? "UnknownError", "Another step is needed.");
  return {
    idToken: result.IdToken,
    accessToken: result.AccessToken,
    refreshToken: result.RefreshToken,
    expiresIn: result.ExpiresIn,
  };
};

const client = () => ({ ClientId: config().userPoolClientId });

export const signUp = ({ email, password, name }) =>
  ask("SignUp", {
    ...client(),
    Username: email,
    Password: password,
    UserAttributes: [{ Name: "email", Value: email }, { Name: "name", Value: name }],
  });

export const confirmSignUp = ({ email, code }) =>
  ask("ConfirmSignUp", { ...client(), Username: email, ConfirmationCode: code });

export const resendCode = ({ email }) => ask("ResendConfirmationCode", { ...client(), Username: email });

export const signIn = async ({ email, password }) =>
  tokens(await ask("InitiateAuth", {
    ...client(),
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: email, PASSWORD: password },
  }));

export const refresh = async (refreshToken) =>
  tokens(await ask("InitiateAuth", {
    ...client(),
    AuthFlow: "REFRESH_TOKEN_AUTH",
    AuthParameters: { REFRESH_TOKEN: refreshToken },
  }));

export const forgotPassword = ({ email }) => ask("ForgotPassword", { ...client(), Username: email });

export const resetPassword = ({ email, code, password }) =>
  ask("ConfirmForgotPassword", { ...client(), Username: email, ConfirmationCode: code, Password: password });

export const changePassword = ({ accessToken, current, proposed }) =>
  ask("ChangePassword", { AccessToken: accessToken, PreviousPassword: current, ProposedPassword: proposed });

export const signOutEverywhere = (accessToken) => ask("GlobalSignOut", { AccessToken: accessToken });

export const revoke = (refreshToken) => ask("RevokeToken", { ...client(), Token: refreshToken });
