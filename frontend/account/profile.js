// The account page: name, password, signing out everywhere, deleting the account.

import { config } from "../core/config.js";
import { avatar } from "../core/avatars.js";
import { html, render } from "../core/html.js";
import { loadMe, me } from "../core/me.js";
import { openErase } from "./erase.js";
import { nameSection, startName } from "./name.js";
import { passwordSection, startPassword } from "./password.js";
import { exportSection, startExport } from "../export/section.js";
import { noticesSection, startNoticeSettings } from "../notices/settings.js";
import { leaveEverywhere } from "./everywhere.js";

const page = (person) => html`
  <div class="narrow">
    <div class="profile-head">
      ${avatar(person.name)}
      <h1 tabindex="-1">Your account</h1>
      <p class="lead">Signed in as <strong>${person.email}</strong></p>
    </div>
    ${nameSection(person)}
    ${passwordSection}
    ${noticesSection}
    <section class="card" aria-labelledby="everywhere-title">
      <h2 id="everywhere-title">Other devices</h2>
      <p>Ends every sign-in of this account at once, here and on all other devices.</p>
      <div class="form-actions">
        <button type="button" class="button quiet" id="everywhere">Sign out everywhere</button>
      </div>
    </section>
    ${exportSection}
    <p class="muted"><a href="${config().api}/openapi.json">The API, as OpenAPI</a>, for programs of your own.</p>
    <section class="card danger-zone" aria-labelledby="erase-title">
      <h2 id="erase-title">Delete account</h2>
      <p>Erases your account and all that it owns. This can't be undone.</p>
      <div class="form-actions"><button type="button" class="button danger" id="erase">Delete account</button></div>
    </section>
  </div>
`;

export const show = async ({ main, signal }) => {
  render(main, page(me()));
  startName(main.querySelector("#name"), signal);
  startPassword(main.querySelector("#password"), signal);
  startNoticeSettings(main, signal);
  startExport(main, signal);
  main.querySelector("#everywhere").addEventListener("click", leaveEverywhere);
  main.querySelector("#erase").addEventListener("click", () => openErase(signal));
  await loadMe();
};
