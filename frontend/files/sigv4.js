// Signature Version 4 for S3, with WebCrypto: for a request's headers, or for a URL that works for a while.

/**
 * @typedef {{id: string, secret: string, token: string}} Credentials
 * @typedef {Record<string, string | number>} Query
 * @typedef {{method: string, path: string, query: Query, headers: Record<string, string>, payload: string}} Request
 * @typedef {{credentials: Credentials, region: string, date: Date}} Signer
 */

const ALGORITHM = "AWS4-HMAC-SHA256";
const UNSIGNED = "UNSIGNED-PAYLOAD";

const encoder = new TextEncoder();

/** @param {string | BufferSource} data @returns {BufferSource} */
const bytesOf = (data) => (typeof data === "string" ? encoder.encode(data) : data);

/** @param {ArrayBuffer} buffer */
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {string | BufferSource} data */
export const sha256 = (data) => crypto.subtle.digest("SHA-256", bytesOf(data));

/** @param {string | BufferSource} data */
export const hexSha256 = async (data) => hex(await sha256(data));

/** @param {string} character */
const percent = (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

// Encodes everything but letters, digits and "-._~"; the browser's function leaves a few more as they are.
/** @param {string} text */
export const uriEncode = (text) => encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, percent);

// Encoded once, slashes kept: S3 signs the path as it is sent.
/** @param {string} path */
export const encodePath = (path) => path.split("/").map(uriEncode).join("/");

// The query is sent exactly as it is signed.
/** @param {Query} query */
export const encodeQuery = (query) =>
  Object.entries(query)
    .map(([name, value]) => `${uriEncode(name)}=${uriEncode(String(value))}`)
    .sort()
    .join("&");

/** @param {BufferSource} key @param {string} text */
const hmac = async (key, text) => {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return crypto.subtle.sign("HMAC", imported, encoder.encode(text));
};

/** @param {string} text @param {string} secret @param {string[]} scope */
const signature = async (text, secret, scope) => {
  /** @type {BufferSource} */
  let key = encoder.encode(`AWS4${secret}`);
  for (const part of scope) key = await hmac(key, part);
  return hex(await hmac(key, text));
};

// 20261121T093000Z
/** @param {Date} date */
const stamp = (date) => date.toISOString().replace(/[-:]|\.\d+/g, "");

/** @param {string} time @param {string} region */
const scopeOf = (time, region) => [time.slice(0, 8), region, "s3", "aws4_request"];

/** @param {Record<string, string>} headers */
const namesOf = (headers) => Object.keys(headers).sort();

/** @param {Request} request */
const canonical = ({ method, path, query, headers, payload }) => {
  const names = namesOf(headers);
  const lines = names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, " ")}\n`);
  return [method, path, encodeQuery(query), lines.join(""), names.join(";"), payload].join("\n");
};

/** @param {Request} request @param {{credentials: Credentials, region: string, time: string}} signer */
const signatureOf = async (request, { credentials, region, time }) => {
  const scope = scopeOf(time, region);
  const text = [ALGORITHM, time, scope.join("/"), await hexSha256(canonical(request))].join("\n");
  return signature(text, credentials.secret, scope);
};

// `path` is already encoded; `payload` is the body's hash in hex. Returns the headers to send, except `host`.
/**
 * @param {Omit<Request, "headers"> & {host: string, headers?: Record<string, string>}} request
 * @param {Signer} signer
 */
export const sign = async ({ host, headers = {}, ...request }, { credentials, region, date }) => {
  const time = stamp(date);
  const signed = {
    ...headers,
    host,
    "x-amz-content-sha256": request.payload,
    "x-amz-date": time,
    "x-amz-security-token": credentials.token,
  };
  const made = await signatureOf({ ...request, headers: signed }, { credentials, region, time });
  const scope = [credentials.id, ...scopeOf(time, region)].join("/");
  const { host: _, ...sent } = signed;
  const names = namesOf(signed).join(";");
  return { ...sent, authorization: `${ALGORITHM} Credential=${scope}, SignedHeaders=${names}, Signature=${made}` };
};

// Returns the whole query, including the signature.
/** @param {{host: string, path: string, query?: Query}} request @param {Signer & {seconds: number}} signer */
export const presign = async ({ host, path, query = {} }, { credentials, region, date, seconds }) => {
  const time = stamp(date);
  const signed = {
    ...query,
    "X-Amz-Algorithm": ALGORITHM,
    "X-Amz-Credential": [credentials.id, ...scopeOf(time, region)].join("/"),
    "X-Amz-Date": time,
    "X-Amz-Expires": seconds,
    "X-Amz-Security-Token": credentials.token,
    "X-Amz-SignedHeaders": "host",
  };
  const request = { method: "GET", path, query: signed, headers: { host }, payload: UNSIGNED };
  return `${encodeQuery(signed)}&X-Amz-Signature=${await signatureOf(request, { credentials, region, time })}`;
};
