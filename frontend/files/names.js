// Names of files and folders, and their keys.

const CONTROL = /[\u0000-\u001f\u007f]/g;
const LONGEST_KEY = 1024;

// Normalised so that it can be typed again: no control characters, no lone surrogates.
/** @param {string} name */
export const clean = (name) => name.toWellFormed().normalize("NFC").replace(CONTROL, " ").trim();

/** @param {string} key */
export const nameOf = (key) => key.replace(/\/$/, "").split("/").at(-1) ?? "";

/** @param {string} key */
export const parentOf = (key) => key.slice(0, key.replace(/\/$/, "").lastIndexOf("/") + 1);

/** @param {string} text */
const bytesIn = (text) => new TextEncoder().encode(text).length;

// What is wrong with a name, or "". Browsers resolve "." and ".." as steps in a path.
/** @param {string} name @param {string} folder */
export const faultOf = (name, folder) => {
  if (!name) return "A name is required.";
  if (name.includes("/")) return "A name can't contain “/”.";
  if (name === "." || name === "..") return `“${name}” can't be a name.`;
  return bytesIn(`${folder}${name}/`) > LONGEST_KEY ? "The name is too long." : "";
};

// "name.ext" → "name (2).ext"
/** @param {string} name @param {number} number */
export const numbered = (name, number) => {
  const dot = name.lastIndexOf(".");
  const at = dot > 0 ? dot : name.length;
  return `${name.slice(0, at)} (${number})${name.slice(at)}`;
};

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** @param {{name: string}} one @param {{name: string}} other */
export const byName = (one, other) => collator.compare(one.name, other.name) || (one.name < other.name ? -1 : 1);

// Converts between the path in the page's address and the path in the folder.
/** @param {string} path */
export const toAddress = (path) =>
  `/files${path && "/"}${path.split("/").slice(0, -1).map(encodeURIComponent).join("/")}`;

/** @param {string} segment */
const decoded = (segment) => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

/** @param {string} address */
export const fromAddress = (address) => {
  const rest = address.slice("/files/".length);
  return rest && `${rest.split("/").map(decoded).join("/")}/`;
};
