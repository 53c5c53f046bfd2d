// What a visitor sees first.

export const routes = [{ path: "/", title: "Welcome", access: "guest", page: () => import("./page.js") }];
