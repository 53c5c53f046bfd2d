import assert from "node:assert/strict";
import { test } from "node:test";

import { Paged } from "../../frontend/core/paged.js";

// Newest first, as the API pages through them; `fails` is how the next answer fails.
class Api {
  constructor(...ids) {
    this.ids = ids;
    this.asked = [];
    this.fails = null;
  }

  list = async ({ limit = 2, after = null, since = null, signal }) => {
    this.asked.push(since ? { since, after } : { after });
    await null;
    signal.throwIfAborted();
    if (this.fails) throw this.fails;
    const all = since ? this.ids.filter((id) => id > since) : this.ids.filter((id) => !after || id < after);
    const found = all.toSorted().reverse();
    const page = found.slice(0, limit);
    return { items: page.map((id) => ({ id })), next: page.length < found.length ? page.at(-1) : null };
  };
}

const listOf = (api, more = {}) => {
  const states = [];
  const list = new Paged({ list: api.list, size: 2, onChange: () => states.push(list.state), ...more });
  return { list, states };
};

const ids = (list) => list.all().map(({ id }) => id).join("");

test("it comes page by page", async () => {
  const { list, states } = listOf(new Api("a", "b", "c"));
  await list.open();
  assert.equal(ids(list), "cb");
  await list.more();
  assert.equal(ids(list), "cba");
  assert.equal(list.next, null);
  assert.deepEqual(states, ["loading", "ready", "more", "ready"]);
});

test("there is no more than all of it", async () => {
  const api = new Api("a");
  const { list } = listOf(api);
  await list.open();
  await list.more();
  assert.equal(api.asked.length, 1);
});

test("a failure is told, and the same page is tried again", async () => {
  const api = new Api("a", "b", "c");
  const { list } = listOf(api);
  await list.open();
  api.fails = new Error("away");
  await list.more();
  assert.equal(list.state, "failed");
  assert.equal(list.problem, api.fails);
  api.fails = null;
  await list.retry();
  assert.equal(ids(list), "cba");
  assert.deepEqual(api.asked.at(-1), { after: "b" });
});

test("what could not be begun begins again", async () => {
  const api = new Api("a");
  api.fails = new Error("away");
  const { list } = listOf(api);
  await list.open();
  api.fails = null;
  await list.retry();
  assert.equal(ids(list), "a");
});

test("catching up fails without a word", async () => {
  const api = new Api("a");
  const { list } = listOf(api);
  await list.open();
  api.fails = new Error("away");
  await list.catchUp();
  assert.equal(list.state, "ready");
});

test("catching up reads as far as was read, and forgets what is gone", async () => {
  const api = new Api("a", "b", "c", "d");
  const { list } = listOf(api);
  await list.open();
  await list.more();
  api.ids = ["a", "c", "d", "e"];
  await list.catchUp();
  assert.equal(ids(list), "edca");
});

test("of one page alone, what lies below it stays", async () => {
  const api = new Api("a", "b", "c", "d");
  const { list } = listOf(api);
  await list.open();
  await list.more();
  api.ids = ["a", "c", "e"];
  list.readMissed = (signal) => list.readAgain(signal, 1);
  await list.catchUp();
  assert.equal(ids(list), "ecba", "d is gone, b and a are not looked at");
  assert.equal(list.next, null);
});

test("what came while it was read stays", async () => {
  const { list } = listOf(new Api("a"));
  const { list: read } = list;
  list.list = (given) => {
    list.put({ id: "b" });
    return read(given);
  };
  await list.open();
  assert.equal(ids(list), "ba");
});

test("what is gone stays away", async () => {
  const { list } = listOf(new Api("a", "b"));
  await list.open();
  list.drop("a");
  list.receive({ id: "a" });
  await list.catchUp();
  assert.equal(ids(list), "b");
});

test("a push that comes twice is new once", () => {
  const told = [];
  const { list } = listOf(new Api(), { onNew: ({ id }) => told.push(id) });
  list.receive({ id: "a" });
  list.receive({ id: "a" });
  assert.deepEqual(told, ["a"]);
});

test("an older version changes nothing", () => {
  const { list } = listOf(new Api());
  list.put({ id: "a", version: 2 });
  list.put({ id: "a", version: 1 });
  assert.equal(list.items.get("a").version, 2);
});

test("everything since one, or that it is too much", async () => {
  const api = new Api(..."abcdefg");
  const { list } = listOf(api);
  const { signal } = new AbortController();
  assert.equal(await list.readGap("d", signal), true);
  assert.equal(ids(list), "gfe");
  api.list = list.list = async () => ({ items: [], next: "more" });
  assert.equal(await list.readGap("d", signal), false);
});

test("what is opened anew gives up what was under way", async () => {
  const api = new Api("a");
  const { list, states } = listOf(api);
  const first = list.open();
  await list.open();
  await first;
  assert.deepEqual(states, ["loading", "loading", "ready"]);
});

test("a page that is left hears nothing more", async () => {
  const leaving = new AbortController();
  const { list, states } = listOf(new Api("a"), { signal: leaving.signal });
  const opening = list.open();
  leaving.abort();
  await opening;
  assert.deepEqual(states, ["loading"]);
});
