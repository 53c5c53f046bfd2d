// An escaping template tag: everything put into it is text, unless the tag itself made it.

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;" };

class Markup {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }
}

/** @param {unknown} value */
const escaped = (value) => String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]);

/** @param {unknown} value @returns {string} */
const part = (value) => {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(part).join("");
  return value === null || value === undefined || value === false ? "" : escaped(value);
};

/** @param {TemplateStringsArray} strings @param {unknown[]} values */
export const html = (strings, ...values) =>
  new Markup(strings.reduce((text, string, index) => text + part(values[index - 1]) + string));

/** @param {Markup} markup */
const fragment = (markup) => {
  if (!(markup instanceof Markup)) throw new TypeError("Only what the html tag made may become elements.");
  const template = document.createElement("template");
  template.innerHTML = markup.text;
  return template.content;
};

// HTML that the API rendered from somebody's text. The API lets no scripts through, and the page's policy would block
// them.
/** @param {string} text */
export const rendered = (text) => new Markup(text);

/** @param {Markup} markup @returns {any} Whichever element it begins with. */
export const element = (markup) => fragment(markup).firstElementChild;

/** @param {Element} target @param {Markup} markup */
export const render = (target, markup) => target.replaceChildren(fragment(markup));
