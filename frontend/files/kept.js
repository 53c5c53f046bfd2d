// Unfinished uploads in parts, kept in the browser by person, so that a reload doesn't start them over.

const PREFIX = "files:uploads:";

export const keptUploads = (owner) => {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + owner) ?? "[]");
  } catch {
    return [];
  }
};

const store = (owner, uploads) => {
  try {
    if (uploads.length) localStorage.setItem(PREFIX + owner, JSON.stringify(uploads));
    else localStorage.removeItem(PREFIX + owner);
  } catch {
    // Without storage an upload lasts as long as its page.
  }
};

const others = (owner, uploadId) => keptUploads(owner).filter((kept) => kept.uploadId !== uploadId);

export const keepUpload = (owner, upload) => store(owner, [...others(owner, upload.uploadId), upload]);

export const dropUpload = (owner, uploadId) => store(owner, others(owner, uploadId));

export const dropUploads = (owner) => store(owner, []);

export const isOf = (kept, file) =>
  kept.name === file.name && kept.size === file.size && kept.lastModified === file.lastModified;

const lockOf = (uploadId) => `upload:${uploadId}`;

// Locked while a tab works on it, so that no other tab resumes or discards it.
export const holding = (uploadId, work) =>
  navigator.locks.request(lockOf(uploadId), { ifAvailable: true }, (lock) => work(lock !== null));

export const interrupted = async (owner) => {
  const kept = keptUploads(owner);
  if (!kept.length) return kept;
  const { held } = await navigator.locks.query();
  const busy = new Set(held.map(({ name }) => name));
  return kept.filter(({ uploadId }) => !busy.has(lockOf(uploadId)));
};
