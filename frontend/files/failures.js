// The folder's errors: one class that knows what to say and whether trying again may help.

const TEXTS = {
  AccessDenied: "Your folder does not allow that.",
  Elsewhere: "Another tab is uploading it.",
  EntityTooLarge: "It is too large for one upload.",
  KeyTooLongError: "The name is too long.",
  NoSuchKey: "It is no longer there.",
  NoSuchUpload: "The upload is no longer known. Start it again.",
  PreconditionFailed: "This name is already taken.",
  SignedOut: "Your sign-in has ended. Please sign in again.",
  SlowDown: "Too many requests to your folder at once. Try again in a moment.",
  Unreachable: "Your folder can't be reached. Check your connection.",
  Unreadable: "The file can't be read. It may have been moved or changed: choose it again.",
};

const PASSING = [
  "ConditionalRequestConflict", "InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Unreachable",
];

export class FolderError extends Error {
  constructor(code, { status = 0, serverTime = null, message = TEXTS[code] } = {}) {
    super(message ?? `Your folder could not do that (${code}).`);
    this.name = "FolderError";
    this.code = code;
    this.status = status;
    this.serverTime = serverTime;
  }

  get detail() {
    return this.message;
  }

  get mayPass() {
    return this.status >= 500 || PASSING.includes(this.code);
  }
}

export const isAbort = (error) => error?.name === "AbortError";
