// Sizes as people read them.

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];

export const sizeText = (bytes) => {
  if (bytes === 1) return "1 byte";
  let unit = 0;
  let value = bytes;
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
};

export const counted = (number, one, many = `${one}s`) => `${number.toLocaleString("en-GB")} ${number === 1 ? one : many}`;
