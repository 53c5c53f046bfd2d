// Sizes as people read them.

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/** @param {number} value */
const rounded = (value) => (value < 9.95 ? Number(value.toFixed(1)) : Math.round(value));

/** @param {number} bytes */
export const sizeText = (bytes) => {
  if (bytes === 1) return "1 byte";
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${rounded(value)} ${UNITS[unit]}`;
};

/** @param {number} number @param {string} one */
export const counted = (number, one) => `${number.toLocaleString("en-GB")} ${number === 1 ? one : `${one}s`}`;
