// The editable fields of a to-do: labels, and the checks that don't need the API.

import { clean, lengthOf } from "../core/texts.js";
import { dueName } from "./due.js";

const LONGEST_TITLE = 500;
const LONGEST_NOTES = 5000;

export const MOST_FILES = 50;

export const PRIORITIES = [["high", "High"], ["normal", "Normal"], ["low", "Low"]];

const namesOf = (files) => files.map(({ name }) => name).join(", ");

// `show` turns the field's value into words.
export const FIELDS = [
  { name: "title", label: "Title" },
  { name: "due", label: "Due", show: (due) => (due ? dueName(due) : "No day") },
  { name: "priority", label: "Priority", show: (priority) => Object.fromEntries(PRIORITIES)[priority] },
  { name: "notes", label: "Notes", show: (notes) => notes || "None" },
  { name: "files", label: "Files", show: (files) => namesOf(files) || "None" },
];

/** @returns {any} */
export const fieldsOf = (todo) => Object.fromEntries(FIELDS.map(({ name }) => [name, todo[name]]));

const isSameIn = (name, one, other) => JSON.stringify(one[name]) === JSON.stringify(other[name]);

export const isSame = (one, other) => FIELDS.every(({ name }) => isSameIn(name, one, other));

// The fields of `one` that differ in `other`.
export const changedIn = (one, other) =>
  Object.fromEntries(FIELDS.filter(({ name }) => !isSameIn(name, one, other)).map(({ name }) => [name, one[name]]));

// The parts of a change that the editor doesn't edit: whether it is ticked off, and its order.
export const besides = (fields = {}) =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !FIELDS.some((field) => field.name === name)));

export const parsedTitle = (text) => clean(text).replace(/\s+/g, " ");

export const parsed = ({ title, due, priority, notes, files }) =>
  ({ title: parsedTitle(title), due: due || null, priority, notes: clean(notes), files });

const tooLong = (label, text, most) => {
  const over = lengthOf(text) - most;
  return over > 0 ? `${label} is ${over} ${over === 1 ? "character" : "characters"} too long: ${most} is the limit.` : null;
};

export const titleProblem = (text) => tooLong("Title", parsedTitle(text), LONGEST_TITLE);

export const notesProblem = (text) => tooLong("Notes", clean(text), LONGEST_NOTES);
