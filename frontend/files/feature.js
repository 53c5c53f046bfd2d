// The person's folder.

export const routes = [{
  path: "/files", title: "Files", access: "person", nav: "Files", place: 65, below: true,
  page: () => import("./page.js"),
}];

export const today = () => import("./today.js");
