// Words as the search of the server compares them: their beginnings, without case and accents, in any order.

/** @param {string} text */
export const wordsOf = (text) =>
  text.normalize("NFKD").replace(/[\p{M}'’]/gu, "").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** @param {string} text @param {string} asked */
export const matches = (text, asked) => {
  const words = wordsOf(text);
  return wordsOf(asked).every((beginning) => words.some((word) => word.startsWith(beginning)));
};
