// The blog, and the desk for its authors.

export const routes = [
  {
    path: "/blog", title: "Blog", access: "anyone", nav: "Blog", place: 60, below: true,
    page: () => import("./page.js"),
  },
  { path: "/write", title: "Write", access: "person", below: true, area: "blog", page: () => import("./desk.js") },
];

export const commands = [
  { title: "Write an article", words: "new blog draft", to: "/write/new", group: "authors" },
  { title: "Drafts", words: "articles scheduled", area: "edit", to: "/write", group: "authors" },
];
export const today = () => import("./today.js");
