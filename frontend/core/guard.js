// Asks before leaving a page with unsaved changes.

import { confirm } from "./dialog.js";

const guards = new Set();

export const guard = (hasChanges, signal) => {
  guards.add(hasChanges);
  signal.addEventListener("abort", () => guards.delete(hasChanges));
};

export const hasUnsaved = () => [...guards].some((hasChanges) => hasChanges());

export const mayLeave = async () =>
  !hasUnsaved() || confirm({
    title: "Leave without saving?",
    text: "There are changes on this page that are not saved.",
    action: "Leave",
    cancel: "Stay",
    danger: true,
  });

addEventListener("beforeunload", (event) => {
  if (hasUnsaved()) event.preventDefault();
});
