// How many are unread.

import { html } from "./html.js";

const MOST = 99;

export const badge = (count) => html`
  <span class="badge"><span aria-hidden="true">${count > MOST ? `${MOST}+` : count}</span
  ><span class="unseen"> (${count} unread)</span></span>
`;
