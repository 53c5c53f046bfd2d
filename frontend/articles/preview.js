// The preview: drawn by the same renderer as the page, a moment after the last key.

import { previewArticle } from "../core/api.js";
import { html, render, rendered } from "../core/html.js";

const PAUSE = 500;

// Returns a function to call with each change of the text.
export const startPreview = ({ target, signal }) => {
  let timer = null;
  let wanted = null;
  let shown = null;
  const draw = async () => {
    const text = wanted;
    if (signal.aborted || text === shown) return;
    if (!text.trim()) {
      shown = text;
      render(target, html`<p class="muted">What you write will be shown here as readers see it.</p>`);
      return;
    }
    try {
      const page = await previewArticle({ body: { body: text }, signal });
      if (text !== wanted) return;
      shown = text;
      render(target, rendered(page.html));
    } catch (problem) {
      if (!signal.aborted && shown === null) render(target, html`<p class="muted">No preview. ${problem.detail}</p>`);
    }
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (text) => {
    clearTimeout(timer);
    timer = setTimeout(draw, wanted === null ? 0 : PAUSE);
    wanted = text;
  };
};
