// The wall; unsent posts are sent from any page.

import "./sending.js";

export const routes = [
  { path: "/wall", title: "Wall", access: "anyone", nav: "Wall", place: 40, page: () => import("./page.js") },
];

export const commands = [{ title: "Write on the wall", words: "new post", to: "/wall", at: "main textarea" }];
export const today = () => import("./today.js");
