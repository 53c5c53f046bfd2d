// One's own to-dos; what is not saved yet is saved on whichever page one is.

import { startSaving } from "./sending.js";

export const routes = [
  { path: "/todos", title: "To-dos", access: "person", nav: "To-dos", place: 20, page: () => import("./page.js") },
];

export const start = startSaving;
