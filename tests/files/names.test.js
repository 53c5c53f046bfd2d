import assert from "node:assert/strict";
import { test } from "node:test";

import { kindOf } from "../../frontend/files/kinds.js";
import { byName, clean, faultOf, fromAddress, nameOf, numbered, parentOf, toAddress } from "../../frontend/files/names.js";
import { backOff, each, makeTurns } from "../../frontend/files/waiting.js";

test("names and the folders that they are in", () => {
  assert.deepEqual(["a/b/c.txt", "a/b/", "c"].map(nameOf), ["c.txt", "b", "c"]);
  assert.deepEqual(["a/b/c.txt", "a/b/", "c"].map(parentOf), ["a/b/", "a/", ""]);
});

test("a name that is free of what nobody sees", () => assert.equal(clean(" e\u0301\u0007 "), "é"));

test("what can't be a name", () => {
  assert.deepEqual(["", "a/b", ".", "..", "é".repeat(512)].map((name) => faultOf(name, "") !== ""), Array(5).fill(true));
  assert.equal(faultOf("notes.txt", "folder/"), "");
});

test("a number goes before what ends the name", () => {
  assert.deepEqual(["a.txt", ".env", "a"].map((name) => numbered(name, 2)), ["a (2).txt", ".env (2)", "a (2)"]);
});

test("in order as people count", () => {
  const names = ["b", "a10", "A9"].map((name) => ({ name }));
  assert.deepEqual(names.sort(byName).map(({ name }) => name), ["A9", "a10", "b"]);
});

test("a folder's address leads back to it", () => {
  for (const path of ["", "a/", "50% + more/ü/"]) assert.equal(fromAddress(toAddress(path)), path);
});

test("kinds by the end of the name", () => {
  assert.deepEqual(["A.JPG", "a.tar.gz", "constructor", "x.constructor"].map((name) => kindOf(name).kind), [
    "image", "other", "other", "other",
  ]);
});

test("a wait is never longer than the most", () => {
  for (let tries = 1; tries < 40; tries += 1) assert.ok(backOff(tries, { first: 1, most: 50 }) <= 50);
});

test("so many at once, and no more", async () => {
  const turn = makeTurns(2);
  let [running, most] = [0, 0];
  await Promise.all(Array.from({ length: 6 }, () => turn(async () => {
    most = Math.max(most, running += 1);
    await null;
    running -= 1;
  })));
  assert.equal(most, 2);
});

test("the first failure ends it", async () => {
  const done = [];
  const work = async (item) => {
    if (item === 2) throw new Error("no");
    done.push(item);
  };
  await assert.rejects(each([1, 2, 3, 4], 1, work), /no/);
  assert.deepEqual(done, [1]);
});
