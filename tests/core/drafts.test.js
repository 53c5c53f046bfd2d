import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

// What the modules want of the browser they are loaded by.
globalThis.BroadcastChannel = class { addEventListener() {} postMessage() {} };
globalThis.navigator = { locks: { request: () => undefined } };
globalThis.addEventListener = () => undefined;

const { draftNames, dropAllDrafts, dropDraft, readDraft, saveDraft } = await import("../../frontend/core/drafts.js");
const session = await import("../../frontend/core/session.js");

const tokensOf = (sub) => ({ idToken: `.${btoa(JSON.stringify({ sub, email: "e" }))}.`, expiresIn: 60 });

beforeEach(() => {
  dropAllDrafts();
  session.start(tokensOf("ada"));
});

test("a draft is kept until it is dropped", () => {
  saveDraft("wall", "Hello");
  assert.equal(readDraft("wall"), "Hello");
  dropDraft("wall");
  assert.equal(readDraft("wall"), null);
});

test("it is gone once somebody else signs in", () => {
  saveDraft("wall", "Hello");
  session.start(tokensOf("ben"));
  assert.equal(readDraft("wall"), null);
  session.start(tokensOf("ada"));
  assert.equal(readDraft("wall"), null);
});

test("what is typed on after the sign-in has ended stays with the person", () => {
  saveDraft("wall", "Hel");
  session.end("expired");
  saveDraft("wall", "Hello");
  session.start(tokensOf("ada"));
  assert.equal(readDraft("wall"), "Hello");
});

test("names in the order of typing", () => {
  for (const name of ["post:b", "post:a", "other"]) saveDraft(name, name);
  assert.deepEqual(draftNames("post:").toSorted(), ["post:a", "post:b"]);
});
