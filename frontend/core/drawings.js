// A small drawing for each area, shown where there is nothing yet; in the pen of the icons and the area's colour.

import { html } from "./html.js";

const DRAWINGS = {
  albums: html`
    <circle class="wash" cx="76" cy="45" r="29"/><circle cx="76" cy="45" r="8"/>
    <rect class="sheet" x="18" y="13" width="64" height="64" rx="6"/>
    <path d="M38 58V34l24-5v24"/><circle class="wash" cx="33.5" cy="58" r="4.5"/><circle class="wash" cx="57.5" cy="53" r="4.5"/>
  `,
  todos: html`
    <rect class="wash" x="36" y="13" width="60" height="72" rx="7"/><rect class="sheet" x="26" y="6" width="60" height="72" rx="7"/>
    <path d="M36 24l4 4 7-8M56 25h20M36 43l4 4 7-8M56 44h16"/><circle cx="41" cy="62" r="4.5"/><path d="M56 62h20"/>
  `,
  files: html`
    <path class="wash" d="M18 24a6 6 0 0 1 6-6h20l8 9h44a6 6 0 0 1 6 6v38a6 6 0 0 1-6 6H24a6 6 0 0 1-6-6z"/>
    <path class="sheet" d="M10 42h100l-9 31a6 6 0 0 1-6 4H24a6 6 0 0 1-6-5z"/><path d="M60 69V52M52 59l8-8 8 8"/>
  `,
  wall: html`
    <rect class="wash" x="30" y="50" width="72" height="32" rx="7"/><path d="M56 62h34M56 71h22"/><circle cx="43" cy="66" r="6"/>
    <rect class="sheet" x="18" y="8" width="72" height="34" rx="7"/><path d="M44 20h34M44 30h24"/><circle class="wash" cx="31" cy="25" r="6"/>
  `,
  chat: html`
    <path class="wash" d="M62 34h36a8 8 0 0 1 8 8v22a8 8 0 0 1-8 8v11L86 72H62a8 8 0 0 1-8-8V42a8 8 0 0 1 8-8z"/>
    <path class="sheet" d="M22 10h44a8 8 0 0 1 8 8v24a8 8 0 0 1-8 8H36L24 61V50h-2a8 8 0 0 1-8-8V18a8 8 0 0 1 8-8z"/>
    <path d="M28 25h32M28 35h20"/>
  `,
  blog: html`
    <path class="wash" d="M60 22C50 13 34 10 14 12v60c20-2 36 1 46 10z"/><path class="sheet" d="M60 22c10-9 26-12 46-10v60c-20-2-36 1-46 10z"/>
    <path d="M26 28c8 0 15 1 22 4M26 40c8 0 15 1 22 4M72 32c7-3 14-4 22-4M72 44c7-3 14-4 22-4M72 56c5-2 9-3 14-3"/>
  `,
  speech: html`
    <rect class="wash" x="12" y="16" width="54" height="58" rx="7"/><path d="M24 32h30M24 44h30M24 56h18"/>
    <path d="M78 38v14M88 28v34M98 20v50M108 34v22"/>
  `,
};

/** @param {keyof typeof DRAWINGS} name */
export const drawing = (name) => html`
  <svg class="drawing" viewBox="0 0 120 90" aria-hidden="true">${DRAWINGS[name]}</svg>
`;
