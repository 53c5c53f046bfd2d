// Reads import files and offers export files.

// Export puts a quote before cells that a spreadsheet would compute; it is not part of the album. The API drops it too.
const COMPUTED = /^'+[\s\u200b-\u200f\u2060]*[=+\-@\t\r\n＝＋－＠]/;

const asItWas = (cell) => (COMPUTED.test(cell) ? cell.slice(1) : cell);

// Rows of a CSV text (RFC 4180) as objects keyed by the header; only for display, the API parses the file itself.
const readCsv = (text) => {
  const rows = [];
  let row = [];
  const cells = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|\n|\r|$)/y;
  const source = text.replace(/^\uFEFF/, "");
  while (cells.lastIndex < source.length) {
    const [, cell, end] = cells.exec(source) ?? [null, "", ""];
    row.push(cell.startsWith("\"") ? cell.slice(1, -1).replaceAll("\"\"", "\"") : cell);
    if (end !== ",") {
      rows.push(row);
      row = [];
    }
    if (end === "") break;
  }
  const [header = [], ...lines] = rows.filter((line) => line.some((cell) => cell.trim()));
  const named = (line) => header.map((name, index) => [name.trim(), asItWas(line[index] ?? "")]);
  return lines.map((line) => Object.fromEntries(named(line)));
};

export const readRows = (text, type) => {
  if (type === "text/csv") return readCsv(text);
  try {
    const given = JSON.parse(text);
    return Array.isArray(given) ? given : [];
  } catch {
    return [];
  }
};

export const typeOf = (file) => {
  if (/\.json$/i.test(file.name) || file.type === "application/json") return "application/json";
  if (/\.csv$/i.test(file.name) || file.type === "text/csv") return "text/csv";
  return null;
};

export const download = (name, type, text) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  // The browser needs the URL until the download has started.
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
};
