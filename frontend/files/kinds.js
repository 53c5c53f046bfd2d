// The kind of a file, by its name and not by its stored type: only the types listed here are ever shown, and none of
// them as a document of this site.

const IMAGES = { avif: "avif", bmp: "bmp", gif: "gif", jpeg: "jpeg", jpg: "jpeg", png: "png", webp: "webp" };
const SOUNDS = { aac: "aac", flac: "flac", m4a: "mp4", mp3: "mpeg", oga: "ogg", ogg: "ogg", opus: "ogg", wav: "wav" };
const FILMS = { m4v: "mp4", mov: "mp4", mp4: "mp4", ogv: "ogg", webm: "webm" };
const TEXTS = `c conf cpp css csv diff go h htm html ini java js json jsonl log lua md mjs php pl py r rb rs rst sh sql
  svg tex toml ts tsv txt vtt xml yaml yml`.split(/\s+/);

/** @param {string} name */
const extensionOf = (name) => (name.includes(".") ? name.slice(name.lastIndexOf(".") + 1).toLowerCase() : "");

/** @type {[string, Record<string, string>][]} */
const TABLES = [["image", IMAGES], ["audio", SOUNDS], ["video", FILMS]];

// `{kind, type}`; kind is "image", "audio", "video", "text", "pdf" or "other".
/** @param {string} name */
export const kindOf = (name) => {
  const extension = extensionOf(name);
  for (const [kind, table] of TABLES) {
    if (Object.hasOwn(table, extension)) return { kind, type: `${kind}/${table[extension]}` };
  }
  if (TEXTS.includes(extension)) return { kind: "text", type: "text/plain" };
  if (extension === "pdf") return { kind: "pdf", type: "application/pdf" };
  return { kind: "other", type: "application/octet-stream" };
};
