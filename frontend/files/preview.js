// Shows a file: pictures and texts in a dialog, audio and video streamed, a PDF in its own tab, off this site.

import { openDialog } from "../core/dialog.js";
import { html, render } from "../core/html.js";
import { exact } from "../core/times.js";
import { toast } from "../core/toast.js";
import { FolderError, isAbort } from "./failures.js";
import { kindOf } from "./kinds.js";
import { nameOf } from "./names.js";
import * as s3 from "./s3.js";
import { save } from "./saving.js";
import { sizeText } from "../core/sizes.js";

const MOST_IMAGE = 30 * 1024 * 1024;
const MOST_TEXT = 256 * 1024;

const frame = ({ name, size, at }) => html`
  <div class="preview">
    <div class="preview-stage" id="preview" aria-live="polite"><p class="muted">Loading…</p></div>
    <p class="muted">${sizeText(size)} · <time datetime="${at}">${exact(at)}</time></p>
    <div class="dialog-actions">
      <button type="button" class="button quiet" data-leave>Close</button>
      <button type="button" class="button" data-save aria-label="Download ${name}">Download</button>
    </div>
  </div>
`;

const nothing = (text) => html`<p class="preview-none">${text}</p>`;

const image = async (file, stage, signal) => {
  if (file.size > MOST_IMAGE) return render(stage, nothing("The picture is too large to show here."));
  const content = await (await s3.get(file.key, { signal })).arrayBuffer();
  const address = URL.createObjectURL(new Blob([content], { type: kindOf(file.name).type }));
  signal.addEventListener("abort", () => URL.revokeObjectURL(address));
  render(stage, html`<img src="${address}" alt="${file.name}">`);
  stage.querySelector("img").addEventListener("error", () =>
    render(stage, nothing("It can't be shown: it may not be a picture.")));
  return null;
};

const text = async (file, stage, signal) => {
  const range = file.size > MOST_TEXT ? `0-${MOST_TEXT - 1}` : null;
  const answer = await s3.get(file.key, { range, signal });
  const shown = new TextDecoder().decode(await answer.arrayBuffer());
  render(stage, html`
    <pre tabindex="0" role="region" aria-label="Text of ${file.name}">${shown}</pre>
    ${range && html`<p class="muted">This is the beginning. Download it to read on.</p>`}
  `);
};

const player = (tag) => async (file, stage) => {
  const address = await s3.linkTo(file.key, { disposition: "inline", type: kindOf(file.name).type });
  render(stage, tag === "audio"
    ? html`<audio controls preload="metadata" src="${address}" aria-label="${file.name}"></audio>`
    : html`<video controls preload="metadata" src="${address}" aria-label="${file.name}"></video>`);
  stage.firstElementChild.addEventListener("error", () =>
    render(stage, nothing("This browser can't play it. Download it to play it elsewhere.")));
};

const pdf = async (file, stage) => {
  const address = await s3.linkTo(file.key, { disposition: "inline", type: kindOf(file.name).type });
  render(stage, html`<p class="preview-none">
    <a class="button" href="${address}" target="_blank" rel="noopener noreferrer">Open in a new tab</a>
  </p>`);
};

const other = async (file, stage) => render(stage, nothing("There is no preview for files of this kind."));

const SHOWN = { image, text, audio: player("audio"), video: player("video"), pdf, other };

const fill = async (file, stage, signal) => {
  try {
    await SHOWN[kindOf(file.name).kind](file, stage, signal);
  } catch (problem) {
    if (!isAbort(problem)) render(stage, html`<p class="preview-none" role="alert">${problem.detail}</p>`);
  }
};

/** @param {any} given */
export const preview = ({ signal, ...given }) => {
  const file = { ...given, name: nameOf(given.key) };
  const done = new AbortController();
  const { dialog, closed } = openDialog({ title: file.name, body: frame(file), kind: "wide", signal });
  dialog.querySelector("[data-save]").addEventListener("click", () => save(file.key));
  fill(file, dialog.querySelector("#preview"), done.signal);
  return closed.then(() => done.abort());
};

// Opens a file by its key alone, from any page.
export const openFile = async (key, { signal = undefined } = {}) => {
  try {
    const file = await s3.find(key, { signal });
    if (!file) throw new FolderError("NoSuchKey");
    await preview({ ...file, signal });
  } catch (problem) {
    if (!isAbort(problem)) toast(`“${nameOf(key)}” can't be opened. ${problem.detail}`, { failure: true });
  }
};
