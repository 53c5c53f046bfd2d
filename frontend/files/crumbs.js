// The way from the top of the folder down to where one is, as buttons in a dialog.

import { html } from "../core/html.js";
import { nameOf } from "./names.js";

const above = (path) => {
  const parts = path.split("/").slice(0, -1);
  return ["", ...parts.map((_, index) => `${parts.slice(0, index + 1).join("/")}/`)];
};

export const crumbs = (path, top) => html`
  <ol>${above(path).map((step) => html`<li>
    <button type="button" class="crumb" data-open="${step}"${step === path && html` aria-current="true"`}
      >${step ? nameOf(step) : top}</button>
  </li>`)}</ol>
`;
