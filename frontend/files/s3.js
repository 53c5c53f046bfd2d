// The folder's bucket: the operations that the pages need, signed and retried, without an SDK.

import { config } from "../core/config.js";
import { network } from "../core/network.js";
import * as clock from "./clock.js";
import { credentials, forget } from "./credentials.js";
import { FolderError } from "./failures.js";
import { elements, read, textOf, write } from "./markup.js";
import { encodePath, encodeQuery, hexSha256, presign, sha256, sign } from "./sigv4.js";
import { backOff, pause } from "./waiting.js";

const TRIES = 4;
const TIMEOUT = 60000;
const LONG_TIMEOUT = 600000;
const PAGE = 1000;
const EMPTY = new Uint8Array();
const LINK_SECONDS = 900;

const pathOf = (key) => `/${config().filesBucket}${key === null ? "" : `/${encodePath(key)}`}`;

const signer = async () =>
  ({ credentials: await credentials(), region: config().region, date: new Date(clock.now()) });

const signed = async ({ method = "GET", key = null, query = {}, headers = {}, body = EMPTY }) => {
  const endpoint = new URL(config().s3Endpoint);
  const request = { method, host: endpoint.host, path: pathOf(key), query, headers, payload: await hexSha256(body) };
  const search = encodeQuery(query);
  return {
    method,
    url: `${endpoint.origin}${request.path}${search && `?${search}`}`,
    headers: await sign(request, await signer()),
    body: method === "GET" || method === "DELETE" ? undefined : body,
  };
};

const byFetch = ({ url, ...request }, { signal, timeout = TIMEOUT }) =>
  fetch(url, {
    ...request,
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.any([AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]),
  });

const headersOf = (xhr) => new Headers(xhr.getAllResponseHeaders().trim().split(/\r\n/).filter(Boolean).map((line) => {
  const at = line.indexOf(":");
  return [line.slice(0, at), line.slice(at + 1).trim()];
}));

// Only XMLHttpRequest reports upload progress. A stalled upload is aborted.
const byXhr = ({ url, method, headers, body }, { signal, onProgress }) => new Promise((resolve, reject) => {
  const xhr = new XMLHttpRequest();
  let timer = null;
  signal?.throwIfAborted();
  const abort = () => xhr.abort();
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(abort, TIMEOUT);
  };
  const end = (settle) => () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    settle();
  };
  xhr.open(method, url);
  for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
  xhr.upload.addEventListener("progress", ({ loaded }) => {
    watch();
    onProgress(loaded);
  });
  xhr.addEventListener("load", end(() => {
    const { status, responseText } = xhr;
    resolve(new Response(status === 204 ? null : responseText, { status, headers: headersOf(xhr) }));
  }));
  xhr.addEventListener("error", end(() => reject(new TypeError("The request failed."))));
  xhr.addEventListener("abort", end(() => reject(signal?.aborted ? signal.reason : new TypeError("It stalled."))));
  signal?.addEventListener("abort", abort);
  watch();
  // A blob, which the browser can take without copying it.
  xhr.send(new Blob([body]));
});

const transmit = async (request, how) => {
  try {
    const response = await (how.onProgress ? byXhr : byFetch)(request, how);
    network.reached();
    return response;
  } catch {
    how.signal?.throwIfAborted();
    network.failed();
    throw new FolderError("Unreachable");
  }
};

const refusal = (status, text, date) => {
  const error = read(text);
  const code = textOf(error, "Code") || (status >= 500 ? "InternalError" : String(status));
  return new FolderError(code, { status, serverTime: textOf(error, "ServerTime") || date });
};

// Some operations answer 200 first and report a failure in the body.
const mayFailLate = ({ method, key, headers }) =>
  method === "POST" || (key !== null && headers?.["x-amz-copy-source"] !== undefined);

const attempt = async (request, how) => {
  const response = await transmit(await signed(request), how);
  const date = response.headers.get("Date");
  if (!response.ok) throw refusal(response.status, await response.text(), date);
  if (!mayFailLate(request)) return response;
  const text = await response.text();
  if (read(text)?.localName === "Error") throw refusal(500, text, date);
  return new Response(text, { headers: response.headers });
};

const STALE = ["ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidToken", "TokenRefreshRequired"];

// Prepares for another try; false if it would fail the same way.
const prepareAgain = async (error, tries, signal) => {
  if (error.code === "RequestTimeTooSkewed") clock.correct(error.serverTime);
  else if (STALE.includes(error.code)) forget();
  else if (error.mayPass) await pause(backOff(tries), signal);
  else return false;
  return true;
};

const send = async (request, how = {}) => {
  for (let tries = 1; ; tries += 1) {
    how.signal?.throwIfAborted();
    try {
      return await attempt(request, how);
    } catch (error) {
      if (!(error instanceof FolderError) || tries === TRIES || !(await prepareAgain(error, tries, how.signal))) {
        throw error;
      }
    }
  }
};

// S3 encodes a space as "+".
const decoded = (text) => decodeURIComponent(text.replaceAll("+", " "));

const entryOf = (node) => ({
  key: decoded(textOf(node, "Key")),
  size: Number(textOf(node, "Size")),
  at: textOf(node, "LastModified"),
  etag: textOf(node, "ETag"),
});

// One page of what starts with the prefix: its files and, with a `delimiter`, its folders once each.
/**
 * @param {string} prefix
 * @param {{after?: string | null, delimiter?: string, most?: number, signal?: AbortSignal}} [how]
 */
export const list = async (prefix, { after, delimiter = "/", most = PAGE, signal } = {}) => {
  const query = { "list-type": 2, "encoding-type": "url", "max-keys": most, prefix };
  if (delimiter) query.delimiter = delimiter;
  if (after) query["continuation-token"] = after;
  const result = read(await (await send({ query }, { signal })).text());
  return {
    files: elements(result, "Contents").map(entryOf),
    folders: elements(result, "CommonPrefixes").map((node) => decoded(textOf(node, "Prefix"))),
    next: textOf(result, "NextContinuationToken") || null,
  };
};

// Everything below the prefix, at any depth.
export const listAll = async (prefix, { signal = undefined } = {}) => {
  const found = [];
  let after = null;
  do {
    const page = await list(prefix, { after, delimiter: "", signal });
    found.push(...page.files);
    after = page.next;
  } while (after);
  return found;
};

// The file with exactly this key, or null. By listing: requesting a missing file would be answered 403, not 404.
export const find = async (key, { signal = undefined } = {}) => {
  const { files } = await list(key, { delimiter: "", most: 1, signal });
  return files[0]?.key === key ? files[0] : null;
};

const ifNew = (isNew) => (isNew ? { "if-none-match": "*" } : {});

export const put = (key, body, { type = "", isNew = false, signal = undefined, onProgress = undefined } = {}) =>
  send({
    method: "PUT", key, body,
    headers: { "content-type": type || "application/octet-stream", ...ifNew(isNew) },
  }, { signal, onProgress });

export const get = (key, { range = "", signal = undefined } = {}) =>
  send({ key, headers: range ? { range: `bytes=${range}` } : {} }, { signal, timeout: LONG_TIMEOUT });

export const copy = (from, to, { signal = undefined } = {}) =>
  send({ method: "PUT", key: to, headers: { "x-amz-copy-source": pathOf(from), ...ifNew(true) } }, { signal });

const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

const removePage = async (keys) => {
  const objects = keys.map((key) => ["Object", [["Key", key]]]);
  const body = new TextEncoder().encode(write("Delete", [["Quiet", "true"], ...objects]));
  const headers = {
    "content-type": "application/xml",
    "x-amz-checksum-sha256": base64(await sha256(body)),
    "x-amz-sdk-checksum-algorithm": "SHA256",
  };
  const result = read(await (await send({ method: "POST", query: { delete: "" }, headers, body })).text());
  const [failed] = elements(result, "Error");
  if (failed) throw new FolderError(textOf(failed, "Code"));
};

export const remove = async (keys) => {
  for (let at = 0; at < keys.length; at += PAGE) await removePage(keys.slice(at, at + PAGE));
};

// A URL that opens this one file for a quarter of an hour.
export const linkTo = async (key, { disposition, type }) => {
  const { origin, host } = new URL(config().s3Endpoint);
  const path = pathOf(key);
  const query = { "response-content-disposition": disposition, "response-content-type": type };
  return `${origin}${path}?${await presign({ host, path, query }, { ...await signer(), seconds: LINK_SECONDS })}`;
};

export const beginParts = async (key, { type }) => {
  const headers = { "content-type": type || "application/octet-stream" };
  const answer = await send({ method: "POST", key, query: { uploads: "" }, headers });
  return textOf(read(await answer.text()), "UploadId");
};

export const putPart = async (key, uploadId, number, body, { signal, onProgress }) => {
  const query = { partNumber: number, uploadId };
  const answer = await send({ method: "PUT", key, query, body }, { signal, onProgress });
  return answer.headers.get("ETag");
};

export const listParts = async (key, uploadId, { signal = undefined } = {}) => {
  const parts = [];
  let marker = null;
  do {
    const query = { uploadId, ...(marker && { "part-number-marker": marker }) };
    const result = read(await (await send({ key, query }, { signal })).text());
    parts.push(...elements(result, "Part").map((node) => ({
      number: Number(textOf(node, "PartNumber")), etag: textOf(node, "ETag"), size: Number(textOf(node, "Size")),
    })));
    marker = textOf(result, "IsTruncated") === "true" ? textOf(result, "NextPartNumberMarker") : null;
  } while (marker);
  return parts;
};

export const endParts = (key, uploadId, parts, { isNew, signal }) => {
  const listed = parts.map(({ number, etag }) => ["Part", [["PartNumber", String(number)], ["ETag", etag]]]);
  const body = new TextEncoder().encode(write("CompleteMultipartUpload", listed));
  const headers = { "content-type": "application/xml", ...ifNew(isNew) };
  return send({ method: "POST", key, query: { uploadId }, headers, body }, { signal });
};

export const dropParts = async (key, uploadId) => {
  try {
    await send({ method: "DELETE", key, query: { uploadId } });
  } catch (error) {
    if (error.code !== "NoSuchUpload") throw error;
  }
};
