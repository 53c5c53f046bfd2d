// Menus and sheets are the browser's own popovers: Escape, a click elsewhere, and the focus back are its work. A choice
// closes them too, and so does a window that gets wide enough to show what was in them.

const open = () => /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[popover]:popover-open"));

const closePopovers = () => open().forEach((shown) => shown.hidePopover());

export const startPopovers = () => {
  document.addEventListener("click", (event) => {
    const chosen = /** @type {HTMLElement} */ (event.target).closest("[popover] :is(a, button)");
    if (chosen) closePopovers();
  });
  matchMedia("(max-width: 40rem)").addEventListener("change", closePopovers);
};
