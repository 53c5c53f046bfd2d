// The calls to the user pool.

import { ask as askAws, AwsError } from "./aws.js";
import { config } from "./config.js";

const ask = (action, body) =>
  askAws(config().cognitoEndpoint, `AWSCognitoIdentityProviderService.${action}`, body);

const tokens = (answer) => {
  const result = answer.AuthenticationResult;
  if (!result) throw new AwsError(answer.ChallengeName ?? "InternalError", { message: "Another step is needed." });
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
