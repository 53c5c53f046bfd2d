// The blog, and the desk of those who write it.

export const routes = [
  {
    path: "/blog", title: "Blog", access: "anyone", nav: "Blog", place: 60, below: true,
    page: () => import("./page.js"),
  },
  { path: "/write", title: "Write", access: "person", below: true, page: () => import("./desk.js") },
];
