import assert from "node:assert/strict";
import { test } from "node:test";

import { grouped } from "../../frontend/search/groups.js";
import { matches } from "../../frontend/search/words.js";

test("words match by their beginnings, in any order, without case and accents", () => {
  assert.ok(matches("New to-do", "to new"));
  assert.ok(matches("Ágætis byrjun", "agæ"));
  assert.ok(matches("Anything", " "));
  assert.ok(!matches("New to-do", "ew"));
  assert.ok(!matches("New to-do", "new page"));
});

test("a long group is cut and leads to the rest, and groups keep their order", () => {
  const albums = Array.from({ length: 7 }, (_, number) => ({ kind: "album", title: `${number}` }));
  const [todos, cut] = grouped([...albums, { kind: "todo", title: "Milk" }]);
  assert.deepEqual(todos.items.map(({ title, area }) => [title, area]), [["Milk", "todos"]]);
  assert.deepEqual(cut.items.map(({ title }) => title), ["0", "1", "2", "3", "4", "More albums"]);
  const [whole] = grouped(albums, { only: "album", more: true });
  assert.deepEqual(whole.items.map(({ title }) => title).slice(-2), ["6", "Further albums"]);
});
