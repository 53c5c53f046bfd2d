// An escaping template tag: whatever is put into it is text, unless it came from the tag itself.

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;" };

class Markup {
  constructor(text) {
    this.text = text;
  }
}

const escaped = (value) => String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]);

const part = (value) => {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(part).join("");
  return value === null || value === undefined || value === false ? "" : escaped(value);
};

export const html = (strings, ...values) =>
  new Markup(strings.reduce((text, string, index) => text + part(values[index - 1]) + string));

const fragment = (markup) => {
  if (!(markup instanceof Markup)) throw new TypeError("Only what the html tag made may become elements.");
  const template = document.createElement("template");
  template.innerHTML = markup.text;
  return template.content;
};

// HTML that the API has rendered of somebody's text: it lets nothing through that could run, and the page's policy
// would run none of it.
export const rendered = (text) => new Markup(text);

export const element = (markup) => fragment(markup).firstElementChild;

export const render = (target, markup) => target.replaceChildren(fragment(markup));
