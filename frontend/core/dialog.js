// Modal dialogs: the native element, with Escape, focus restored, and a check before closing.

import { element, html } from "./html.js";
import { icon } from "./icons.js";

let count = 0;

export const isDialogOpen = () => document.querySelector("dialog[open]") !== null;

const watchEscape = (dialog, leave) => {
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    leave();
  });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
};

// What was in a menu is hidden by now: then the menu's button.
const shownFor = (opener) =>
  (opener.checkVisibility() ? opener : document.querySelector(`[popovertarget="${opener.closest("[popover]")?.id}"]`));

const giveFocusBack = (opener) => {
  if (opener?.isConnected && document.activeElement === document.body) shownFor(opener)?.focus();
};

// Before Escape, Cancel or the cross closes the dialog, `mayClose` decides (and may ask the person).
export const openDialog = ({ title, body, kind = "", mayClose = async () => true, signal = undefined }) => {
  count += 1;
  const id = `dialog-${count}`;
  const opener = document.activeElement;
  const dialog = element(html`
    <dialog class="dialog ${kind}" aria-labelledby="${id}-title">
      <div class="dialog-head">
        <h2 id="${id}-title">${title}</h2>
        <button type="button" class="icon-button" data-leave>
          ${icon("close")}
          <span class="unseen">Close</span>
        </button>
      </div>
      <div class="dialog-body">${body}</div>
    </dialog>
  `);
  let answer = null;
  const closed = new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      giveFocusBack(opener);
      resolve(answer);
    });
  });
  const close = (given = null) => {
    answer = given;
    dialog.close();
  };
  let asking = false;
  const leave = async () => {
    if (asking) return;
    asking = true;
    if (await mayClose()) close();
    asking = false;
  };
  watchEscape(dialog, leave);
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-leave]")) leave();
  });
  signal?.addEventListener("abort", () => dialog.open && close());
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, close, closed };
};

// The end of a form in a dialog.
export const dialogActions = (action, { leave = "Cancel", danger = false } = {}) => html`
  <div class="dialog-actions">
    <button type="button" class="button quiet" data-leave>${leave}</button>
    <button type="submit" class="button ${danger && "danger"}">${action}</button>
  </div>
`;

export const confirm = async ({ title, text, action, cancel = "Cancel", danger = false }) => {
  const body = html`
    <p>${text}</p>
    <div class="dialog-actions">
      <button type="button" class="button quiet" data-leave autofocus>${cancel}</button>
      <button type="button" class="button ${danger ? "danger" : ""}" data-agree>${action}</button>
    </div>
  `;
  const { dialog, close, closed } = openDialog({ title, body, kind: "small" });
  dialog.querySelector("[data-agree]").addEventListener("click", () => close(true));
  return (await closed) === true;
};

export const confirmDelete = (title, text) => confirm({ title, text, action: "Delete", danger: true });

export const mayDiscard = () => confirm({
  title: "Discard what you typed?",
  text: "It is not saved yet.",
  action: "Discard",
  cancel: "Keep editing",
  danger: true,
});
