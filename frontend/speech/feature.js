// Texts that are translated and spoken.

export const routes = [
  { path: "/speech", title: "Speech", access: "person", nav: "Speech", place: 70, page: () => import("./page.js") },
];

export const commands = [
  { title: "Have a text spoken", words: "new speech translate listen", to: "/speech", at: "#speech-text" },
];
export const today = () => import("./today.js");
