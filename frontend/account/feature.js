// Signing in and up, and the account page.

export const routes = [
  { path: "/sign-in", title: "Sign in", access: "guest", page: () => import("./sign-in.js") },
  { path: "/sign-up", title: "Sign up", access: "guest", page: () => import("./sign-up.js") },
  { path: "/confirm", title: "Confirm your address", access: "guest", page: () => import("./confirm.js") },
  { path: "/forgot", title: "Forgotten password", access: "guest", page: () => import("./forgot.js") },
  { path: "/reset", title: "New password", access: "guest", page: () => import("./reset.js") },
  { path: "/profile", title: "Your account", access: "person", page: () => import("./profile.js") },
];

export const commands = [
  { title: "Your account", area: "person", place: 90, to: "/profile", words: "name password delete" },
  { title: "Light or dark", area: "moon", at: "#theme", words: "theme", place: 90, access: "anyone" },
  { title: "Sign out", area: "leave", at: "#sign-out", place: 90 },
  { title: "Sign in", area: "person", to: "/sign-in", access: "guest" },
  { title: "Sign up", area: "person", to: "/sign-up", words: "new account", access: "guest" },
];
