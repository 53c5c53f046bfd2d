import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { COMMON_GENRES, genreMeant, LAST_RANK, problemsOf, YEARS } from "../../frontend/albums/fields.js";

const { rank, year } = JSON.parse(readFileSync("chalicelib/albums/schemas/album.json", "utf8")).properties;

test("the form and the schema agree on years and ranks", () => {
  assert.deepEqual(YEARS, { from: year.minimum, to: year.maximum });
  assert.equal(LAST_RANK, rank.maximum);
  for (const [typed, wrong] of [["1500", ["year"]], [year.minimum, []], [year.maximum, []], [year.maximum + 1, ["year"]]]) {
    assert.deepEqual(Object.keys(problemsOf({ rank: "1", year: typed })), wrong);
  }
  assert.deepEqual(Object.keys(problemsOf({ rank: rank.maximum + 1, year: 1959 })), ["rank"]);
});

test("a genre is meant however it is typed", () => {
  assert.equal(genreMeant(" jAZZ ", COMMON_GENRES), "Jazz");
  assert.equal(genreMeant("hip", COMMON_GENRES, { begun: true }), "Hip Hop");
  assert.equal(genreMeant("hip", COMMON_GENRES), "hip");
  assert.equal(genreMeant(" Skiffle", COMMON_GENRES, { begun: true }), "Skiffle");
  assert.equal(genreMeant("", COMMON_GENRES, { begun: true }), "");
});
