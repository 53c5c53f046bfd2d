import assert from "node:assert/strict";
import { test } from "node:test";

import { inOrder, placed } from "../../frontend/todos/order.js";

const listOf = (...orders) => orders.map((order, index) => ({ id: String(index), order }));
const moved = { id: "m", order: 9 };
const ordersOf = (others, index) => placed(others, moved, index).map(({ todo, order }) => [todo.id, order]);

test("between two", () => assert.deepEqual(ordersOf(listOf(1, 2), 1), [["m", 1.5]]));

test("at either end, and alone", () => {
  assert.deepEqual(ordersOf(listOf(1, 2), 0), [["m", 0]]);
  assert.deepEqual(ordersOf(listOf(1, 2), 2), [["m", 3]]);
  assert.equal(ordersOf([], 0).length, 1);
});

test("where there is no room, as few as must make some", () => {
  assert.deepEqual(ordersOf(listOf(1, 1, 4, 5), 1), [["m", 2], ["1", 3]]);
});

test("of the same order the id decides", () => {
  assert.deepEqual(listOf(1, 1, 0).sort(inOrder).map(({ id }) => id), ["2", "0", "1"]);
});

test("however often something is put first, all stay in order", () => {
  let list = listOf(1, 2);
  for (let count = 0; count < 60; count += 1) {
    const next = { id: `n${count}`, order: 0 };
    const orders = new Map(placed(list, next, 1).map(({ todo, order }) => [todo.id, order]));
    list = [...list, next].map((one) => ({ ...one, order: orders.get(one.id) ?? one.order })).sort(inOrder);
    assert.equal(list[1].id, next.id);
    assert.equal(new Set(list.map(({ order }) => order)).size, list.length);
  }
});
