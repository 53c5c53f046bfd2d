// A file on its way to the store: what it really is, and how much of it has arrived.

/** @type {[string, RegExp][]} */
const BEGINNINGS = [
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/png", /^\x89PNG\r\n/],
  ["image/gif", /^GIF8/],
  ["image/webp", /^RIFF[^]{4}WEBP/],
];

// By its first bytes: its name may say something else.
export const typeOf = async (file) => {
  const bytes = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...bytes);
  return BEGINNINGS.find(([, beginning]) => beginning.test(text))?.[0] ?? null;
};

const filled = (fields, file) => {
  const form = new FormData();
  Object.entries(fields).forEach(([name, value]) => form.append(name, value));
  form.append("file", file);
  return form;
};

// `fetch` doesn't tell how far a body has come.
export const send = ({ url, fields }, file, { onProgress, signal }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (text) => () => reject(new Error(text));
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve(undefined);
      else fail("The file was not taken: it may have changed since you chose it.")();
    });
    request.addEventListener("error", fail("The file did not arrive. Check your connection."));
    request.addEventListener("abort", fail("The upload was stopped."));
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", url);
    request.send(filled(fields, file));
    // Stopped before there was anything to stop.
    if (signal.aborted) request.abort();
  });
