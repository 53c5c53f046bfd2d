import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { initials, shareOf } from "../../frontend/core/avatars.js";

const read = (name) => readFileSync(new URL(`../../frontend/${name}`, import.meta.url), "utf8");
const TOKENS = read("core/tokens.css");
const BASE = read("core/base.css");
const ENOUGH = 4.5;

const LIGHT = 0;
const DARK = 1;

// Linear red, green and blue of an oklch colour, inside what a screen can show.
const fromOklch = ([lightness, chroma, hue]) => {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((part) => Math.min(1, Math.max(0, part)));
};

const fromHex = (text) => [1, 3, 5].map((at) => {
  const part = parseInt(text.slice(at, at + 2), 16) / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
});

const luminance = ([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;

const contrast = (one, other) => {
  const [low, high] = [luminance(one), luminance(other)].sort((first, second) => first - second);
  return (high + 0.05) / (low + 0.05);
};

const halves = (text, name) => {
  const found = new RegExp(`--${name}:\\s*light-dark\\((.+)\\);`).exec(text)[1];
  return /^(oklch\(.+?\)+|#\w+), (.+)$/.exec(found.replaceAll("))", ") )")).slice(1);
};

// `hue` and `chroma` are those of an area.
const colour = (text, { hue, chroma }) => {
  if (text.startsWith("#")) return fromHex(text);
  const plain = text.replaceAll(/calc\(var\(--chroma\) \* ([\d.]+)\s*\)/g, (_, share) => String(chroma * Number(share)))
    .replaceAll("var(--chroma)", chroma).replaceAll(/var\(--(hue|tint)\s*\)/g, hue);
  const [lightness, ...rest] = /oklch\(([\d.]+)% ([\d.]+) ([\d.]+)/.exec(plain).slice(1).map(Number);
  return fromOklch([lightness / 100, ...rest]);
};

const token = (name, theme, area) => colour(halves(TOKENS, name)[theme], area);

const areas = () => [...TOKENS.matchAll(/--hue: (\d+);\s+--chroma: ([\d.]+);/g)]
  .map(([, hue, chroma]) => ({ hue: Number(hue), chroma: Number(chroma) }));

const PAIRS = [
  ["accent", "paper"], ["accent", "sheet"], ["accent", "accent-wash"], ["accent-strong", "accent-wash"],
  ["on-accent", "accent"], ["on-accent", "accent-strong"], ["ink", "accent-wash"], ["ink-soft", "accent-wash"],
];

test("each area's accent can be read, in light and dark", () => {
  assert.equal(areas().length, 8);
  for (const area of areas()) {
    for (const theme of [LIGHT, DARK]) {
      for (const [front, back] of PAIRS) {
        const found = contrast(token(front, theme, area), token(back, theme, area));
        assert.ok(found >= ENOUGH, `${front} on ${back}, hue ${area.hue}, theme ${theme}: ${found.toFixed(2)}`);
      }
    }
  }
});

test("initials can be read in every colour", () => {
  const rule = BASE.slice(BASE.indexOf(".initials {"));
  const [back, front] = ["background", "color"].map((name) =>
    new RegExp(`\\s${name}: light-dark\\((oklch\\(.+?\\)\\)), (oklch\\(.+?\\)\\))\\);`).exec(rule).slice(1));
  const tints = [...BASE.matchAll(/\.tint-\d \{ --tint: (\d+); \}/g)].map(([, hue]) => ({ hue: Number(hue), chroma: 0 }));
  assert.equal(tints.length, 8);
  for (const tint of tints) {
    for (const theme of [LIGHT, DARK]) {
      assert.ok(contrast(colour(front[theme], tint), colour(back[theme], tint)) >= ENOUGH, `${tint.hue}, ${theme}`);
    }
  }
});

test("initials are those of the first two names", () => {
  assert.deepEqual(["Ada Lindqvist", "ada", "a b c", "🎈 Ben", ""].map(initials), ["AL", "A", "AB", "🎈B", ""]);
});

test("a name always gets the same colour, and names share the colours evenly", () => {
  assert.equal(shareOf("Ada Lindqvist", 8), shareOf("Ada Lindqvist", 8));
  const counts = Array.from({ length: 8 }, () => 0);
  for (let number = 0; number < 8000; number += 1) counts[shareOf(`Person ${number}`, 8)] += 1;
  assert.ok(Math.min(...counts) > 700, String(counts));
});
