// Signature Version 4 as S3 wants it, by WebCrypto: of a request's headers, or of an address that is good for a while.

const ALGORITHM = "AWS4-HMAC-SHA256";
const UNSIGNED = "UNSIGNED-PAYLOAD";

const encoder = new TextEncoder();

const bytesOf = (data) => (typeof data === "string" ? encoder.encode(data) : data);

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const sha256 = (data) => crypto.subtle.digest("SHA-256", bytesOf(data));

export const hexSha256 = async (data) => hex(await sha256(data));

const percent = (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

// Everything but letters, digits and "-._~"; the browser's own function leaves a few more as they are.
export const uriEncode = (text) => encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, percent);

// Once, and with the slashes as they are: S3 signs the path as it is sent.
export const encodePath = (path) => path.split("/").map(uriEncode).join("/");

// The query as it is signed is also how it is sent.
export const encodeQuery = (query) =>
  Object.entries(query)
    .map(([name, value]) => `${uriEncode(name)}=${uriEncode(String(value))}`)
    .sort()
    .join("&");

const hmac = async (key, text) => {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return crypto.subtle.sign("HMAC", imported, encoder.encode(text));
};

const signature = async (text, secret, scope) => {
  let key = encoder.encode(`AWS4${secret}`);
  for (const part of scope) key = await hmac(key, part);
  return hex(await hmac(key, text));
};

// 20261121T093000Z
const stamp = (date) => date.toISOString().replace(/[-:]|\.\d+/g, "");

const scopeOf = (time, region) => [time.slice(0, 8), region, "s3", "aws4_request"];

const namesOf = (headers) => Object.keys(headers).sort();

const canonical = ({ method, path, query, headers, payload }) => {
  const names = namesOf(headers);
  const lines = names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, " ")}\n`);
  return [method, path, encodeQuery(query), lines.join(""), names.join(";"), payload].join("\n");
};

const signatureOf = async (request, { credentials, region, time }) => {
  const scope = scopeOf(time, region);
  const text = [ALGORITHM, time, scope.join("/"), await hexSha256(canonical(request))].join("\n");
  return signature(text, credentials.secret, scope);
};

// `path` comes encoded; `payload` is the hash of the body in hex. Answers the headers to send, but for the host's.
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

// Answers the whole query, signature and all.
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
