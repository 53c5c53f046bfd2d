// The day on which a to-do is due, as people say it. A day has no time zone: today is the browser's today.

import { shortDay } from "../core/times.js";

const DAY = 86400000;
const CHECK_EVERY = 30000;

/** @param {number} number */
const padded = (number) => String(number).padStart(2, "0");

export const today = () => {
  const now = new Date();
  return `${now.getFullYear()}-${padded(now.getMonth() + 1)}-${padded(now.getDate())}`;
};

/** @param {string} day */
const daysFromToday = (day) => Math.round((Date.parse(day) - Date.parse(today())) / DAY);

/** @param {string} day */
const atNoon = (day) => new Date(`${day}T12:00`);

/** @type {Record<number, string>} */
const NEAR = { "-1": "yesterday", 0: "today", 1: "tomorrow" };

/** @param {string} day */
export const dueName = (day) => NEAR[daysFromToday(day)] ?? shortDay(atNoon(day));

/** @param {{due: string | null, completed: boolean}} todo */
export const isOverdue = ({ due, completed }) => (due ? !completed && due < today() : false);

// Calls `onDay` when a new day begins.
/** @param {() => void} onDay @param {AbortSignal} signal */
export const startDays = (onDay, signal) => {
  let day = today();
  const check = () => {
    if (day === today()) return;
    day = today();
    onDay();
  };
  const timer = setInterval(check, CHECK_EVERY);
  signal.addEventListener("abort", () => clearInterval(timer));
  document.addEventListener("visibilitychange", check, { signal });
};
