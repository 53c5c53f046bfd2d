// The first file; nothing of the folder is news.

import * as live from "../live/live.js";

export const part = {
  name: "files",
  area: "files",
  place: 80,
  step: { id: "file", area: "files", to: "#/files", title: "Keep a file", text: "nobody else can see it" },

  live({ read, signal }) {
    live.on("folder", () => read(), signal);
  },
};
