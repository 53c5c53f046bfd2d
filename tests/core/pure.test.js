import assert from "node:assert/strict";
import { test } from "node:test";

import { html } from "../../frontend/core/html.js";
import { counted, sizeText } from "../../frontend/core/sizes.js";
import { clean, lengthOf, linked } from "../../frontend/core/texts.js";
import { ago, brief, dayName } from "../../frontend/core/times.js";

const MINUTE = 60000;

test("what is put into a template is text", () => {
  assert.equal(html`<b title="${"\"'"}">${"<i>&"}</b>`.text, '<b title="&quot;&#39;">&lt;i&gt;&amp;</b>');
});

test("what the tag made stays as it is, also in a list", () => {
  assert.equal(html`${[html`<i></i>`, "<"]}`.text, "<i></i>&lt;");
});

test("nothing is nothing, and zero is a number", () => {
  assert.equal(html`${null}${undefined}${false}${0}`.text, "0");
});

test("sizes", () => {
  const said = [0, 1, 999, 1000, 9949, 9999, 999499, 999500, 25e6, 1e15].map(sizeText);
  assert.deepEqual(said, [
    "0 bytes", "1 byte", "999 bytes", "1 kB", "9.9 kB", "10 kB", "999 kB", "1 MB", "25 MB", "1000 TB",
  ]);
});

test("numbers of things", () => {
  assert.deepEqual([0, 1, 2000].map((number) => counted(number, "file")), ["0 files", "1 file", "2,000 files"]);
});

test("how long ago", () => {
  const before = (minutes) => new Date(Date.now() - minutes * MINUTE);
  assert.equal(ago(before(0.5)), "just now");
  assert.equal(ago(before(-5)), "just now");
  assert.equal(ago(before(1.5)), "1 minute ago");
  assert.equal(ago(before(59)), "59 minutes ago");
  assert.equal(ago(before(125)), "2 hours ago");
  assert.match(ago("2020-02-29T12:00:00"), /^29 Feb 2020, 12:00$/);
});

test("days by their names", () => {
  const day = new Date();
  day.setHours(12, 0);
  assert.equal(dayName(day), "Today");
  assert.equal(brief(day), "12:00");
  day.setDate(day.getDate() - 1);
  assert.equal(dayName(day), "Yesterday");
  assert.equal(brief(day), "Yesterday");
  assert.equal(dayName("2020-02-29T12:00"), "29 February 2020");
});

test("what is typed, without what nobody sees", () => {
  assert.equal(clean(" a\r\nb\u0000\ud800 "), "a\nb");
  assert.equal(lengthOf("é🎈"), 2);
});

test("links in a text, without what only stands beside them", () => {
  const said = html`${linked("See (https://example.org/a_(b)), or http://x.y.")}`.text;
  const attributes = 'target="_blank" rel="noopener nofollow"';
  assert.equal(said, `See (<a href="https://example.org/a_(b)" ${attributes}>https://example.org/a_(b)</a>), or `
    + `<a href="http://x.y" ${attributes}>http://x.y</a>.`);
});
