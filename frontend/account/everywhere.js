// Signs the person out on all devices: first nothing can be renewed any more, then what was given before is refused.

import { signOutEverywhere } from "../core/api.js";
import * as cognito from "../core/cognito.js";
import { confirm } from "../core/dialog.js";
import * as session from "../core/session.js";
import { toast } from "../core/toast.js";
import { messageFor } from "./messages.js";

// Refused if it was done before, and what follows failed.
const endRenewals = async () => {
  try {
    await cognito.signOutEverywhere(await session.accessToken());
  } catch (error) {
    if (error.code !== "NotAuthorizedException") throw error;
  }
};

export const leaveEverywhere = async () => {
  const agreed = await confirm({
    title: "Sign out everywhere?",
    text: "You will have to sign in again on every device, this one too.",
    action: "Sign out all",
  });
  if (!agreed) return;
  try {
    await endRenewals();
    await signOutEverywhere();
    session.signOut();
  } catch (error) {
    if (session.isSignedIn()) toast(error.detail ?? messageFor(error), { failure: true });
  }
};
