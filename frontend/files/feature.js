// The person's folder.

export const routes = [{
  path: "/files", title: "Files", access: "person", nav: "Files", place: 30, below: true,
  page: () => import("./page.js"),
}];
