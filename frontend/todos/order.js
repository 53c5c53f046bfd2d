// A to-do's order is a number between those of its neighbours, so that a move changes only that to-do.

const STEP = 1;
// Below this distance there is no room between two.
const LEAST = 1e-6;

/** @typedef {{id: string, order: number}} Placed */

/** @param {Placed} one @param {Placed} other */
export const inOrder = (one, other) => one.order - other.order || (one.id < other.id ? -1 : 1);

/** @param {number[]} numbers */
const isAscending = (numbers) => numbers.every((number, index) => index === 0 || number > numbers[index - 1]);

// `count` numbers between two, or null if there is no room; without a neighbour there always is.
/** @param {number | undefined} low @param {number | undefined} high @param {number} count */
const between = (low, high, count) => {
  const places = Array.from({ length: count }, (_, index) => index + 1);
  if (low === undefined) return places.map((place) => (high ?? 0) + (place - count - 1) * STEP);
  if (high === undefined) return places.map((place) => low + place * STEP);
  const step = (high - low) / (count + 1);
  const numbers = places.map((place) => low + place * step);
  return step > LEAST && isAscending([low, ...numbers, high]) ? numbers : null;
};

// The new orders that put `moved` at `index` among the others: `[{todo, order}]`. Only the moved one, unless its
// neighbours leave no room; then also as few of those after it as needed.
/** @param {Placed[]} others @param {Placed} moved @param {number} index */
export const placed = (others, moved, index) => {
  for (let end = index; ; end += 1) {
    const group = [moved, ...others.slice(index, end)];
    const numbers = between(others[index - 1]?.order, others[end]?.order, group.length);
    if (numbers) return group.map((todo, place) => ({ todo, order: numbers[place] }));
  }
};
