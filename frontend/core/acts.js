// What can be done with a row: quiet icons side by side, on a phone behind one button, in a sheet at its lower edge.

import { html } from "./html.js";
import { icon } from "./icons.js";

let count = 0;

// The text shows only in the sheet; the name also says with what, unless the row is plain enough.
/** @param {{act: string, icon: any, text: string, of?: string, key?: string, isBusy?: boolean}} given */
export const rowAct = ({ act, icon: drawing, text, of = "", key = "", isBusy = false }) => html`
  <button type="button" class="icon-button act" data-act="${act}" aria-label="${`${text} ${of}`.trim()}" title="${text}"
    ${key && html`aria-keyshortcuts="${key}"`}${isBusy && html` aria-disabled="true"`}
    >${icon(drawing)}<span class="act-text">${text}</span></button>
`;

/** @param {string} of @param {unknown} acts */
export const rowActs = (of, acts) => {
  count += 1;
  return html`
    <button type="button" class="icon-button acts-more" popovertarget="acts-${count}" aria-label="Actions for ${of}"
      >${icon("more")}</button>
    <div class="acts-list sheet" id="acts-${count}" data-of="${of}" popover>${acts}</div>
  `;
};
