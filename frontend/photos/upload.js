// Uploads a photo: finds its real type and reports progress.

/** @type {[string, RegExp][]} */
const BEGINNINGS = [
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/png", /^\x89PNG\r\n/],
  ["image/gif", /^GIF8/],
  ["image/webp", /^RIFF[^]{4}WEBP/],
];

// By its first bytes: its name may be wrong.
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

// `fetch` doesn't report upload progress.
export const send = ({ url, fields }, file, { onProgress, signal }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (text) => () => reject(new Error(text));
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded / total));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve(undefined);
      else fail("The file was refused: it may have changed since you chose it.")();
    });
    request.addEventListener("error", fail("The file did not arrive. Check your connection."));
    request.addEventListener("abort", fail("The upload was stopped."));
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", url);
    request.send(filled(fields, file));
    // The signal may have been aborted before this started.
    if (signal.aborted) request.abort();
  });
