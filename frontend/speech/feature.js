// Texts that are translated and spoken.

export const routes = [
  { path: "/speech", title: "Speech", access: "person", nav: "Speech", place: 70, page: () => import("./page.js") },
];

export const today = () => import("./today.js");
