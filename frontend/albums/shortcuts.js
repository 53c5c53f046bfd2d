// Single-key shortcuts; off while somebody types or a dialog is open.

import { isDialogOpen } from "../core/dialog.js";

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]") !== null;

export const startShortcuts = (actions, signal) => {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const action = actions[event.key];
    if (!action || isTyping(event.target) || isDialogOpen()) return;
    event.preventDefault();
    action();
  }, { signal });
};
