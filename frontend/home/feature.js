// The start page.

export const routes = [{ path: "/", title: "Welcome", access: "guest", page: () => import("./page.js") }];
