// The only access to the REST API: `call` sends what the generated client describes; failures are a `Problem`.

import { config } from "./config.js";
import { network } from "./network.js";
import * as session from "./session.js";

const TIMEOUT = 35000;

const TITLES = {
  0: "No connection",
  401: "Signed out",
  403: "Not allowed",
  404: "Not found",
  429: "Too many requests",
  500: "Something went wrong",
};

export class Problem extends Error {
  /** @param {{status?: number, title?: string, detail?: string, errors?: any[]}} given */
  constructor({ status = 0, title, detail, errors = [] }) {
    super(detail ?? title ?? TITLES[status] ?? TITLES[500]);
    this.name = "Problem";
    this.status = status;
    this.title = title ?? TITLES[status] ?? TITLES[500];
    this.detail = detail ?? this.title;
    this.errors = errors;
  }
}

const address = ({ path, query }, given) => {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(given[name]));
  const search = new URLSearchParams();
  for (const name of query) {
    const value = given[name];
    if (value !== undefined && value !== null && value !== "") search.set(name, value);
  }
  // What everybody reads can come from the edge, which is nearer, if it may be a moment old.
  const base = (given.edge && config().edge) || config().api;
  return `${base}${filled}${search.size ? `?${search}` : ""}`;
};

const payload = (operation, given) => {
  if (given.body === undefined) return {};
  const type = given.contentType ?? operation.body ?? "application/json";
  return { type, body: typeof given.body === "string" ? given.body : JSON.stringify(given.body) };
};

const headers = (given, type, token) => {
  const result = new Headers({ Accept: given.accept ?? "application/json" });
  if (type) result.set("Content-Type", type);
  if (token) result.set("Authorization", `Bearer ${token}`);
  if (given.ifMatch !== undefined) result.set("If-Match", `"${given.ifMatch}"`);
  return result;
};

const unreachable = () => new Problem({ status: 0, detail: "Commonplace can't be reached. Check your connection." });

const ended = () => new Problem({ status: 401, detail: "Your sign-in has ended. Please sign in again." });

const tokenFor = async (operation) => {
  if (!operation.signedIn || (operation.signedIn === "maybe" && !session.isSignedIn())) return null;
  try {
    const token = await session.idToken();
    if (token) return token;
  } catch (error) {
    if (session.isSignedIn()) throw error.code === "NetworkError" ? unreachable() : new Problem({ status: 429 });
  }
  throw ended();
};

const send = async (operation, given) => {
  const { type, body } = payload(operation, given);
  const token = await tokenFor(operation);
  const signals = [AbortSignal.timeout(TIMEOUT), ...(given.signal ? [given.signal] : [])];
  try {
    const response = await fetch(address(operation, given), {
      method: operation.method,
      headers: headers(given, type, token),
      body,
      credentials: "omit",
      cache: given.fresh ? "no-cache" : "default",
      signal: AbortSignal.any(signals),
    });
    network.reached();
    return response;
  } catch (error) {
    // The caller's own abort is not a failure of the network.
    if (given.signal?.aborted) throw error;
    network.failed();
    throw unreachable();
  }
};

const content = async (response) => {
  if (response.status === 204) return null;
  const type = response.headers.get("Content-Type") ?? "";
  const text = await response.text();
  return text && /[/+]json\b/.test(type) ? JSON.parse(text) : text;
};

const problem = async (response) => {
  const body = await content(response).catch(() => null);
  const known = body !== null && typeof body === "object" ? body : {};
  return new Problem({ ...known, status: response.status });
};

const sendAgain = async (operation, given) => {
  try {
    await session.renew();
  } catch {
    throw session.isSignedIn() ? unreachable() : ended();
  }
  return send(operation, given);
};

export const call = async (operation, given) => {
  let response = await send(operation, given);
  if (response.status === 401 && operation.signedIn && session.isSignedIn()) {
    response = await sendAgain(operation, given);
    if (response.status === 401) session.end("expired");
  }
  if (!response.ok) throw await problem(response);
  return content(response);
};
