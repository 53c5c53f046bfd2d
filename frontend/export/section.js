// On the account's page: all that is the person's own, as a zip.

import { beginExport, getExport } from "../core/api.js";
import { html, render } from "../core/html.js";
import { sizeText } from "../core/sizes.js";
import { exact, shortDay } from "../core/times.js";
import { toast } from "../core/toast.js";
import * as live from "../live/live.js";

export const exportSection = html`
  <section class="card" aria-labelledby="export-title">
    <h2 id="export-title">Your data</h2>
    <p>All that is yours as one zip: what you wrote as JSON, and your files. A mail and a notice tell you when it is ready.</p>
    <div class="export" id="export"></div>
  </section>
`;

const ready = ({ at, bytes, until }) => html`
  <p role="status">As of ${exact(at)}, ${sizeText(bytes)}. It is kept until ${shortDay(new Date(until))}.</p>
`;

const state = (made) => {
  const isReady = made.status === "ready";
  if (made.status === "making") return html`<p role="status">Your zip is being made. You can leave this page.</p>`;
  return html`
    ${isReady && ready(made)}
    <div class="form-actions">
      ${isReady && html`<button type="button" class="button" data-act="save">Download</button>`}
      <button type="button" class="button quiet" data-act="begin">${isReady ? "Make a new one" : "Make a zip"}</button>
    </div>
  `;
};

// Links last for minutes: each download asks for a new one.
const save = async () => {
  const { url } = await getExport();
  location.assign(url);
};

export const startExport = (main, signal) => {
  const place = main.querySelector("#export");
  const show = (made) => !signal.aborted && render(place, state(made));
  const load = async () => {
    try {
      show(await getExport());
    } catch (problem) {
      if (!signal.aborted) render(place, html`<p class="error" role="alert">${problem.detail}</p>`);
    }
  };
  const acts = { save, begin: async () => show(await beginExport()) };
  place.addEventListener("click", async ({ target }) => {
    const act = target.closest("[data-act]")?.dataset.act;
    try {
      await acts[act]?.();
    } catch (problem) {
      toast(problem.detail, { failure: true });
      load();
    }
  }, { signal });
  live.on("notice", ({ notice }) => notice.kind === "export" && load(), signal);
  live.onConnect(load, signal);
  load();
};
