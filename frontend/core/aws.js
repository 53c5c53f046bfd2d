// Unsigned calls to AWS services, in their JSON protocol.

import { network } from "./network.js";

const TIMEOUT = 20000;

export class AwsError extends Error {
  /** @param {string} code @param {{message?: string, status?: number}} [how] */
  constructor(code, { message = "", status = 0 } = {}) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
  }
}

/** @param {string} address @param {string} target @param {object} body */
const send = async (address, target, body) => {
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target },
      body: JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    network.reached();
    return response;
  } catch {
    network.failed();
    throw new AwsError("NetworkError");
  }
};

// The type may come with a namespace before a "#" or an address after a ":".
/** @param {string} type */
const codeOf = (type) => type.slice(type.lastIndexOf("#") + 1).split(":")[0];

// `target` is the service's own name for the operation.
/** @param {string} address @param {string} target @param {object} body @returns {Promise<any>} */
export const ask = async (address, target, body) => {
  const response = await send(address, target, body);
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const type = answer.__type ?? response.headers.get("x-amzn-errortype") ?? "InternalError";
  throw new AwsError(codeOf(type), { message: answer.message ?? answer.Message, status: response.status });
};
