import assert from "node:assert/strict";
import { test } from "node:test";

import { html } from "../../frontend/core/html.js";
import { marked, mentionedIn, plain } from "../../frontend/core/mentions.js";
import { linked } from "../../frontend/core/texts.js";

const ADA = { id: "1", name: "Ada" };
const LOVELACE = { id: "2", name: "Ada Lovelace" };
const OTHER_ADA = { id: "3", name: "Ada" };

test("who is named with an @ is mentioned, by the longest name", () => {
  const text = "@Ada, @Ada Lovelace! @Adam ada@Ada @Bob";
  assert.equal(marked(text, [], [ADA, LOVELACE]), "@[Ada](1), @[Ada Lovelace](2)! @Adam ada@Ada @Bob");
});

test("of two with the same name, only the one that was chosen", () => {
  assert.equal(marked("@Ada", [], [ADA, OTHER_ADA]), "@Ada");
  assert.equal(marked("@Ada", [OTHER_ADA], [ADA, OTHER_ADA]), "@[Ada](3)");
  assert.equal(marked("@Ada", [], [ADA, ADA]), "@[Ada](1)");
});

test("names may hold what means something to a pattern, or would end a mention", () => {
  const odd = { id: "4", name: "A.* [x](y)" };
  assert.equal(marked("@A.* x(y)?", [odd], []), "@[A.* x(y)](4)?");
});

test("back and forth", () => {
  const stored = "Hi @[Ada Lovelace](2)!";
  assert.equal(plain(stored), "Hi @Ada Lovelace!");
  assert.equal(marked(plain(stored), mentionedIn(stored), []), stored);
});

test("a mention is shown as text, whatever is in it", () => {
  const shown = html`${linked("@[<b>](1) @[x](<i>) http://x.y/@[z](2)")}`.text;
  assert.ok(shown.startsWith('<span class="mention">@&lt;b&gt;</span> @[x](&lt;i&gt;) <a href="http://x.y/@[z](2)"'));
});
