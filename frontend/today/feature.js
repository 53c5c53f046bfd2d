// The signed-in home: what of each area comes first today.

export const routes = [
  { path: "/today", title: "Today", access: "person", nav: "Today", place: 5, page: () => import("./page.js") },
];
