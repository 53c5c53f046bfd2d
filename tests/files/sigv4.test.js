import assert from "node:assert/strict";
import { test } from "node:test";

import { encodePath, hexSha256, presign, sign } from "../../frontend/files/sigv4.js";

const HOST = "bucket.example.org";
const SIGNER = {
  credentials: { id: "AKID", secret: "secret", token: "token" },
  region: "eu-central-1",
  date: new Date("2026-11-21T09:30:00Z"),
};

// The signatures are botocore's of the same requests.
test("a request is signed as botocore does it", async () => {
  const headers = await sign({
    method: "PUT", host: HOST, path: encodePath("/a b/ü+.txt"), query: { partNumber: 2, uploadId: "x/y" },
    headers: { "content-type": "text/plain" }, payload: await hexSha256("hello"),
  }, SIGNER);
  assert.equal(headers.authorization, "AWS4-HMAC-SHA256 Credential=AKID/20261121/eu-central-1/s3/aws4_request, "
    + "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, "
    + "Signature=49460c136e02ca9b4c90e4d3c247758282b2319dc4e6718bef39c7812e243a3f");
  assert.equal("host" in headers, false);
});

test("an address is signed as botocore does it", async () => {
  const query = await presign({
    host: HOST, path: encodePath("/a b.txt"), query: { "response-content-type": "text/plain" },
  }, { ...SIGNER, seconds: 900 });
  assert.match(query, /&X-Amz-Signature=f5010f8fd711a7e6be08d2aebe3e03d9f64f7e53a635c6c3731a4633706fd41e$/);
});
