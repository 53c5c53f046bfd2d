// The catalogue of albums.

export const routes = [
  { path: "/albums", title: "Albums", access: "person", nav: "Albums", place: 10, page: () => import("./page.js") },
];

export const today = () => import("./today.js");
