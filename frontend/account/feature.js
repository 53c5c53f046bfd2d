// Signing in and up, and the account page.

export const routes = [
  { path: "/sign-in", title: "Sign in", access: "guest", page: () => import("./sign-in.js") },
  { path: "/sign-up", title: "Sign up", access: "guest", page: () => import("./sign-up.js") },
  { path: "/confirm", title: "Confirm your address", access: "guest", page: () => import("./confirm.js") },
  { path: "/forgot", title: "Forgotten password", access: "guest", page: () => import("./forgot.js") },
  { path: "/reset", title: "New password", access: "guest", page: () => import("./reset.js") },
  { path: "/profile", title: "Your account", access: "person", page: () => import("./profile.js") },
];
