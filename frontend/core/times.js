// Times as people read them: how long ago, at what time, on which day.

const MINUTE = 60000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TICK = 20000;
const LOCALE = "en-GB";

/** @param {Intl.DateTimeFormatOptions} options */
const formats = (options) => new Intl.DateTimeFormat(LOCALE, options);

const clockFormat = formats({ hour: "2-digit", minute: "2-digit" });
const exactFormat = formats({ dateStyle: "full", timeStyle: "medium" });
const dayFormat = formats({ weekday: "long", day: "numeric", month: "long" });
const dayOfYearFormat = formats({ day: "numeric", month: "long", year: "numeric" });
const shortFormat = formats({ day: "numeric", month: "short" });
const shortOfYearFormat = formats({ day: "numeric", month: "short", year: "numeric" });

/** @param {Date} date */
const isThisYear = (date) => date.getFullYear() === new Date().getFullYear();

/** @param {Date} date */
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());

/** @param {Date} date */
const daysAgo = (date) => Math.round((Number(midnight(new Date())) - Number(midnight(date))) / DAY);

/** @param {number} number @param {string} unit */
const counted = (number, unit) => `${number} ${unit}${number === 1 ? "" : "s"} ago`;

/** @param {string | number | Date} at */
export const clock = (at) => clockFormat.format(new Date(at));

/** @param {string | number | Date} at */
export const exact = (at) => exactFormat.format(new Date(at));

/** @param {Date} date */
export const shortDay = (date) => (isThisYear(date) ? shortFormat : shortOfYearFormat).format(date);

// A slightly wrong clock must not put a time in the future.
/** @param {string | number | Date} at */
export const ago = (at) => {
  const date = new Date(at);
  const passed = Math.max(Date.now() - date.getTime(), 0);
  if (passed < MINUTE) return "just now";
  if (passed < HOUR) return counted(Math.floor(passed / MINUTE), "minute");
  if (passed < DAY) return counted(Math.floor(passed / HOUR), "hour");
  return `${shortDay(date)}, ${clock(at)}`;
};

// For a list: the time if it is today, else the day.
/** @param {string | number | Date} at */
export const brief = (at) => {
  const date = new Date(at);
  const days = daysAgo(date);
  if (days <= 0) return clock(at);
  return days === 1 ? "Yesterday" : shortDay(date);
};

/** @param {string | number | Date} at */
export const dayOf = (at) => {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
};

/** @param {string | number | Date} at */
export const dayName = (at) => {
  const date = new Date(at);
  const days = daysAgo(date);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  return (isThisYear(date) ? dayFormat : dayOfYearFormat).format(date);
};

// Keeps every `<time data-ago>` in the page up to date.
/** @param {Element} target @param {AbortSignal} signal */
export const startTicking = (target, signal) => {
  const tick = () => {
    for (const time of target.querySelectorAll("time[data-ago]")) {
      const text = ago(time.dateTime);
      if (time.textContent !== text) time.textContent = text;
    }
  };
  const timer = setInterval(tick, TICK);
  signal.addEventListener("abort", () => clearInterval(timer));
};
