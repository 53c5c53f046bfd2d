// The icons: one set, drawn on 24 squares with one round pen. The sprite is put into the page once.

import { element, html } from "./html.js";

const BOX = "M6 4.5h12A1.5 1.5 0 0 1 19.5 6v12a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 18V6A1.5 1.5 0 0 1 6 4.5z";
const SHEET = "M6.5 3.5H14L18.5 8v11a1.5 1.5 0 0 1-1.5 1.5H6.5A1.5 1.5 0 0 1 5 19V5a1.5 1.5 0 0 1 1.5-1.5z";

/** @param {number} x @param {number} y */
const dot = (x, y) => `M${x} ${y - 0.6}a.6.6 0 1 0 0 1.2.6.6 0 0 0 0-1.2z`;

// An area's icon has the name of its address.
const DRAWINGS = {
  albums: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM6.5 12A5.5 5.5 0 0 1 12 6.5",
  todos: "M8 3.5h8A4.5 4.5 0 0 1 20.5 8v8a4.5 4.5 0 0 1-4.5 4.5H8A4.5 4.5 0 0 1 3.5 16V8A4.5 4.5 0 0 1 8 3.5zM8 12.2l2.8 2.8"
    + "L16 9.4",
  files: "M3.5 7.5a2 2 0 0 1 2-2h3.6a2 2 0 0 1 1.5.7l1.2 1.3h6.7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z",
  wall: "M5.5 4h13A1.5 1.5 0 0 1 20 5.5v6a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 11.5v-6A1.5 1.5 0 0 1 5.5 4zM4 16.8h16"
    + "M4 20.2h10M7.8 8.5h8.4",
  chat: `M20.5 11.5a7.7 7 0 0 1-11 6.3L4.5 19.5l1.6-4A6.8 6.8 0 0 1 5 11.5a7.8 7 0 0 1 15.5 0z${dot(9.6, 11.5)}`
    + `${dot(12.8, 11.5)}${dot(16, 11.5)}`,
  blog: "M12 6.5C10 5 7 4.5 3.5 4.8v13.4c3.5-.3 6.5.2 8.5 1.8 2-1.6 5-2.1 8.5-1.8V4.8C17 4.5 14 5 12 6.5zM12 6.5V20",
  speech: "M4 10v4M8 6.5v11M12 3.5v17M16 7.5v9M20 10.5v3",

  today: "M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4"
    + "M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",

  bell: "M12 3.5a6 6 0 0 0-6 6c0 5-2 6.5-2 6.5h16s-2-1.5-2-6.5a6 6 0 0 0-6-6zM10 19.5a2.2 2.2 0 0 0 4 0",
  more: `${dot(5, 12)}${dot(12, 12)}${dot(19, 12)}`,
  grip: `${dot(9, 6)}${dot(15, 6)}${dot(9, 12)}${dot(15, 12)}${dot(9, 18)}${dot(15, 18)}`,
  add: "M12 5v14M5 12h14",
  find: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.3 15.3l5.2 5.2",
  tick: "M5.5 12.5l4.5 4.5 8.5-9.5",
  play: "M8 5.5l10.5 6.5L8 18.5z",
  edit: "M4.5 19.5l.9-4L16 4.9a1.9 1.9 0 0 1 2.7 0l.4.4a1.9 1.9 0 0 1 0 2.7L8.5 18.6zM14 7l3 3",
  rename: "M9.5 4.5h1A1.5 1.5 0 0 1 12 6v12a1.5 1.5 0 0 1-1.5 1.5h-1M14.5 4.5h-1A1.5 1.5 0 0 0 12 6v12a1.5 1.5 0 0 0 1.5 1.5"
    + "h1M9 8.5H4.5A1.5 1.5 0 0 0 3 10v4a1.5 1.5 0 0 0 1.5 1.5H9M15 8.5h4.5A1.5 1.5 0 0 1 21 10v4a1.5 1.5 0 0 1-1.5 1.5H15",
  into: "M4.5 9V7a2 2 0 0 1 2-2h3l1.6 2h6.4a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-11a2 2 0 0 1-2-2v-1M3 12.5h8.5M8.5 9.5l3 3-3 3",
  bin: "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.9 12a1.5 1.5 0 0 0 1.5 1.5h6.2a1.5 1.5 0 0 0 1.5-1.5l.9-12M10 11v5.5M14 11v5.5",
  download: "M12 4v11M7.5 10.5L12 15l4.5-4.5M4.5 19.5h15",
  retry: "M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 3.5v4h-4",
  send: "M12 19.5V5M6 10.5l6-6 6 6",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  about: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v5.2M12 7.9v.1",
  clip: "M19.5 11.5l-7.8 7.8a4.6 4.6 0 0 1-6.5-6.5l8.2-8.2a3 3 0 0 1 4.3 4.3l-8.1 8.1a1.4 1.4 0 0 1-2-2L15 7.5",
  warning: "M12 4.5L3 19.5h18zM12 10v4.5M12 17v.1",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20c.8-3.7 3.7-5.5 7.5-5.5s6.7 1.8 7.5 5.5",
  leave: "M14 4.5H7A1.5 1.5 0 0 0 5.5 6v12A1.5 1.5 0 0 0 7 19.5h7M10.5 12h10M17 8.5l3.5 3.5-3.5 3.5",

  image: `${BOX}M5 17l4.5-5 3.5 3.5 2.5-2.5 3.5 3.5${dot(15.2, 8.6)}`,
  audio: "M9 17.5V6l10-2v11.5M9 17.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM19 15.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  video: `${BOX}M10 9l5 3-5 3z`,
  text: `${SHEET}M9 11.5h5.5M9 14.2h5.5M9 16.9h3`,
  other: `${SHEET}M13.5 3.5v5h5`,
};

// An area that has no drawing yet gets a plain sheet.
/** @param {keyof typeof DRAWINGS} name */
export const icon = (name) => html`
  <svg class="icon" aria-hidden="true"><use href="#icon-${name in DRAWINGS ? name : "other"}"></use></svg>
`;

export const showSprite = () => document.body.append(element(html`
  <svg class="sprite" aria-hidden="true">${Object.entries(DRAWINGS).map(([name, drawing]) => html`
    <symbol id="icon-${name}" viewBox="0 0 24 24"><path d="${drawing}"/></symbol>
  `)}</svg>
`));
