// All uploads of the tab: they go on from page to page, a few files at a time.

import { onSession, person } from "../core/session.js";
import { makeSignal } from "../core/signals.js";
import { toast } from "../core/toast.js";
import { askClash } from "./clash.js";
import { FolderError, isAbort } from "./failures.js";
import { dropUpload, dropUploads, interrupted, isOf } from "./kept.js";
import { clean, faultOf, nameOf, numbered, parentOf } from "./names.js";
import { untilAnswered } from "./patience.js";
import { count, free, isFull, loadQuota, quota } from "./quota.js";
import * as s3 from "./s3.js";
import { counted, sizeText } from "../core/sizes.js";
import { PART, Transfer } from "./transfer.js";
import { makeTurns } from "./waiting.js";

const FILES_AT_ONCE = 3;

const changed = makeSignal();
const stored = makeSignal();
const turn = makeTurns(FILES_AT_ONCE);
const uploads = new Map();

let owner = person()?.id ?? null;
let arrived = 0;

export const onUploads = changed.listen;

// Fires with the key of each file that has arrived.
export const onStored = stored.listen;

export const allUploads = () => [...uploads.values()];

const isRunning = (upload) => upload.state !== "failed";

export const runningUploads = () => allUploads().filter(isRunning);

const set = (upload, given) => {
  Object.assign(upload, given);
  changed.tell();
};

const reserved = (upload) =>
  runningUploads().reduce((sum, other) => sum + (other === upload ? 0 : other.reserved), 0);

const checkRoom = (upload, gained) => {
  if (isFull() && !gained) {
    throw new FolderError("NoRoom", { message: `Your folder is limited to ${quota().mostFiles} files. Delete some first.` });
  }
  const room = free() - reserved(upload) + gained;
  const { size } = upload.file;
  if (size > room) {
    const left = sizeText(Math.max(0, free() - reserved(upload)));
    const message = `It needs ${sizeText(size)}, with ${left} of ${sizeText(quota().quota)} left.`;
    throw new FolderError("NoRoom", { message });
  }
  upload.reserved = Math.max(0, size - gained);
};

const find = (upload, key) => {
  const { signal } = upload.controller;
  return untilAnswered(() => s3.find(key, { signal }), { signal, onWaiting: () => set(upload, { state: "waiting" }) });
};

const freeName = async (upload) => {
  for (let number = 2; ; number += 1) {
    const key = parentOf(upload.key) + numbered(nameOf(upload.key), number);
    if (!(await find(upload, key))) return key;
  }
};

// Decides where the file goes; asks the person if the name is taken.
const settle = async (upload) => {
  const { name, file, batch, controller: { signal } } = upload;
  const there = await find(upload, upload.key);
  if (!there) return { isNew: true, gained: 0 };
  const choice = await askClash({ name, there, file, signal }, batch);
  signal.throwIfAborted();
  if (choice === "skip") return null;
  if (choice === "replace") return { isNew: false, gained: there.size };
  const key = await freeName(upload);
  set(upload, { key, name: nameOf(key) });
  return { isNew: true, gained: 0 };
};

const transfer = (upload, { isNew }) => {
  const kept = upload.kept?.key === upload.key ? upload.kept : null;
  const { file, key, owner: whose, controller } = upload;
  upload.transfer = new Transfer({
    file, key, owner: whose, isNew, kept,
    signal: controller.signal,
    onProgress: (sent) => set(upload, { sent }),
    onWaiting: (isWaiting) => set(upload, { state: isWaiting ? "waiting" : "sending" }),
  });
  set(upload, { state: "sending", message: "" });
  return upload.transfer.run();
};

const discardParts = async (upload) => {
  try {
    await upload.transfer?.cleanUp();
  } catch {
    // The bucket discards unfinished uploads after a day.
  }
};

// The name may be taken while the file is on its way: asks again, and keeps the parts sent so far.
const sendSettled = async (upload, settled) => {
  checkRoom(upload, settled.gained);
  try {
    await transfer(upload, settled);
    return true;
  } catch (error) {
    if (error.code !== "PreconditionFailed") throw error;
  }
  const { key, transfer: first } = upload;
  upload.kept = first.kept;
  const again = await settle(upload);
  if (upload.key !== key || !again) await first.cleanUp();
  return again ? sendSettled(upload, again) : false;
};

const work = async (upload) => {
  const { kept, controller: { signal } } = upload;
  signal.throwIfAborted();
  set(upload, { state: "checking" });
  if (!quota()) await loadQuota().catch(() => null);
  const settled = kept ? { isNew: kept.isNew, gained: 0 } : await settle(upload);
  upload.batch.waiting -= 1;
  return settled ? sendSettled(upload, settled) : false;
};

const onArrived = (upload) => {
  uploads.delete(upload.id);
  arrived += 1;
  count(upload.reserved);
  stored.tell(upload.key);
};

const onAllEnded = () => {
  if (runningUploads().length) return;
  if (arrived) toast(`Uploaded ${counted(arrived, "file")}.`);
  arrived = 0;
  loadQuota().catch(() => null);
};

const onFailed = async (upload, error) => {
  if (upload.controller.signal.aborted || isAbort(error)) return;
  set(upload, { state: "failed", message: error.detail ?? "Something went wrong.", reserved: 0 });
};

const run = async (upload) => {
  try {
    if (await turn(() => work(upload))) onArrived(upload);
    else uploads.delete(upload.id);
  } catch (error) {
    onFailed(upload, error);
  }
  changed.tell();
  onAllEnded();
};

// Files chosen together: how many are not settled yet, and the choice for all of them.
const batchOf = (number) => ({ waiting: number - 1, choice: null });

const alone = () => batchOf(1);

const enter = ({ file, key, kept = null, batch }) => {
  const upload = {
    id: crypto.randomUUID(),
    owner, file, key, kept, batch,
    name: nameOf(key),
    state: "queued",
    message: "",
    isFinal: false,
    sent: 0,
    reserved: 0,
    controller: new AbortController(),
  };
  uploads.set(upload.id, upload);
  return upload;
};

const segments = (path) => path.split("/").map(clean);

const faultIn = (parts, folder) => parts.map((part) => faultOf(part, folder)).find(Boolean) ?? "";

const unfinishedOf = async (file, key) =>
  (await interrupted(owner)).find((kept) => kept.key === key && isOf(kept, file));

const accept = async ({ file, path }, folder, batch) => {
  const parts = segments(path);
  const upload = enter({ file, key: folder + parts.join("/"), batch });
  const fault = faultIn(parts, folder + parts.slice(0, -1).join("/"));
  if (fault) set(upload, { state: "failed", message: fault, isFinal: true });
  else upload.kept = file.size > PART ? (await unfinishedOf(file, upload.key)) ?? null : null;
  return upload;
};

// `found` are files with their paths below the folder.
export const upload = async (found, folder) => {
  const batch = batchOf(found.length);
  const accepted = [];
  for (const each of found) accepted.push(await accept(each, folder, batch));
  changed.tell();
  await Promise.all(accepted.filter(isRunning).map(run));
  return accepted;
};

export const retry = (id) => {
  const failed = uploads.get(id);
  if (failed?.state !== "failed") return;
  const again = { controller: new AbortController(), state: "queued", message: "", batch: alone() };
  set(failed, { ...again, kept: failed.transfer?.kept ?? failed.kept });
  run(failed);
};

export const cancel = async (id) => {
  const cancelled = uploads.get(id);
  if (!cancelled) return;
  uploads.delete(id);
  cancelled.controller.abort();
  changed.tell();
  await discardParts(cancelled);
};

export const unfinished = async () => (owner ? interrupted(owner) : []);

// Returns what is wrong with the file, or nothing if the upload goes on.
export const resume = (kept, file) => {
  if (!isOf(kept, file)) return `That is a different file. Choose the original “${kept.name}”.`;
  const resumed = enter({ file, key: kept.key, kept, batch: alone() });
  changed.tell();
  run(resumed);
  return "";
};

export const discard = async ({ key, uploadId }) => {
  dropUpload(owner, uploadId);
  changed.tell();
  await s3.dropParts(key, uploadId).catch(() => null);
};

addEventListener("beforeunload", (event) => {
  if (runningUploads().length) event.preventDefault();
});

onSession(({ signedIn, reason }) => {
  if (signedIn) {
    owner = person().id;
    return;
  }
  for (const { controller } of allUploads()) controller.abort();
  uploads.clear();
  arrived = 0;
  if (owner && (reason === "left" || reason === "erased")) dropUploads(owner);
  owner = null;
  changed.tell();
});
