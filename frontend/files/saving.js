// Downloads a file from the folder under its own name.

import { toast } from "../core/toast.js";
import { FolderError } from "./failures.js";
import { kindOf } from "./kinds.js";
import { nameOf } from "./names.js";
import * as s3 from "./s3.js";
import { uriEncode } from "./sigv4.js";
import { runningUploads } from "./uploads.js";

const MOST_IN_MEMORY = 16 * 1024 * 1024;
const MINUTE = 60000;

// The name twice: in ASCII for old browsers, and as it really is (RFC 6266).
const attachment = (name) => {
  const plain = name.replace(/[^ -~]|["\\%]/g, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${uriEncode(name)}`;
};

const follow = (href, given) =>
  Object.assign(document.createElement("a"), { href, rel: "noreferrer", ...given }).click();

const throughMemory = async ({ key }) => {
  const content = await (await s3.get(key)).arrayBuffer();
  const address = URL.createObjectURL(new Blob([content], { type: kindOf("").type }));
  follow(address, { download: nameOf(key) });
  // The browser needs the URL until the download has started.
  setTimeout(() => URL.revokeObjectURL(address), MINUTE);
};

// In a new tab while uploads run: otherwise the browser would ask whether to leave the page.
const straight = async ({ key }) => {
  const address = await s3.linkTo(key, { disposition: attachment(nameOf(key)), type: kindOf("").type });
  follow(address, { target: runningUploads().length ? "_blank" : "" });
};

export const save = async (key) => {
  try {
    const file = await s3.find(key);
    if (!file) throw new FolderError("NoSuchKey");
    await (file.size > MOST_IN_MEMORY ? straight : throughMemory)(file);
  } catch (problem) {
    toast(`“${nameOf(key)}” is not downloaded. ${problem.detail}`, { failure: true });
  }
};
