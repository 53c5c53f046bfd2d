// The wall; what was posted and not sent is sent on whichever page one is.

import "./sending.js";

export const routes = [
  { path: "/wall", title: "Wall", access: "anyone", nav: "Wall", place: 40, page: () => import("./page.js") },
];
