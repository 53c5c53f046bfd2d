// The user pool's errors, in words that say what to do.

export const POLICY = "At least 10 characters, with upper and lower case letters and a digit.";

const TEXTS = {
  NotAuthorizedException: "E-mail or password is wrong.",
  UserNotFoundException: "E-mail or password is wrong.",
  UserNotConfirmedException: "This address is not confirmed yet.",
  CodeMismatchException: "That code is not right. Use the one from the newest mail.",
  ExpiredCodeException: "That code has expired. Send a new one.",
  UsernameExistsException: "There is an account with this address already. Sign in, or reset its password.",
  AliasExistsException: "There is an account with this address already. Sign in, or reset its password.",
  InvalidPasswordException: `The password is too weak. ${POLICY}`,
  LimitExceededException: "That was tried too often. Wait an hour, then try again.",
  TooManyRequestsException: "That was tried too often. Wait a few minutes, then try again.",
  TooManyFailedAttemptsException: "That was tried too often. Wait an hour, then try again.",
  CodeDeliveryFailureException: "The mail could not be sent. Check the address and try again.",
  PasswordResetRequiredException: "This account needs a new password. Reset it to go on.",
  NEW_PASSWORD_REQUIRED: "This account needs a new password. Reset it to go on.",
  InvalidParameterException: "The sign-in service does not accept this. Check what you typed.",
  NetworkError: "The sign-in service can't be reached. Check your connection and try again.",
};

// After too many wrong passwords the user pool answers "not authorised" even to the right one.
const CLOSED = "There were too many wrong passwords. Wait a moment, then try again: each wrong one makes the wait longer.";
const isClosed = (error) => /attempts exceeded/i.test(error.message);

export const messageFor = (error) => {
  if (isClosed(error)) return CLOSED;
  return TEXTS[error.code] ?? "Something went wrong. Try again in a moment.";
};

export const passwordProblem = (password) => {
  const good = password.length >= 10 && /[a-z]/.test(password) && /[A-Z]/.test(password) && /\d/.test(password);
  return good ? null : POLICY;
};

export const emailProblem = (email) =>
  /^\S+@\S+\.\S+$/.test(email.trim()) ? null : "Type an address like ada@example.com.";

const FIELDS = {
  CodeMismatchException: "code",
  ExpiredCodeException: "code",
  UsernameExistsException: "email",
  AliasExistsException: "email",
  CodeDeliveryFailureException: "email",
  InvalidPasswordException: "password",
};

// The message, keyed by the form field it belongs to; by "" if there is none.
export const errorsFor = (error) => ({ [FIELDS[error.code] ?? ""]: messageFor(error) });

export const found = (problems) => Object.fromEntries(Object.entries(problems).filter(([, text]) => text));
