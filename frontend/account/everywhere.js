// Signs the person out on all devices.

import * as cognito from "../core/cognito.js";
import { confirm } from "../core/dialog.js";
import * as session from "../core/session.js";
import { toast } from "../core/toast.js";
import { messageFor } from "./messages.js";

export const leaveEverywhere = async () => {
  const agreed = await confirm({
    title: "Sign out everywhere?",
    text: "You will have to sign in again on every device, this one too.",
    action: "Sign out all",
  });
  if (!agreed) return;
  try {
    await cognito.signOutEverywhere(await session.accessToken());
    session.signOut();
  } catch (error) {
    if (error.code === "NotAuthorizedException") session.end("expired");
    else toast(messageFor(error), { failure: true });
  }
};
