// The catalogue of albums.

export const routes = [
  { path: "/albums", title: "Albums", access: "person", nav: "Albums", place: 10, page: () => import("./page.js") },
];

export const commands = [{ title: "Add an album", words: "new", to: "/albums", at: "[data-do=add]" }];
export const today = () => import("./today.js");
