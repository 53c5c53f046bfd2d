// Texts that are ready and were not listened to yet.

import { html } from "../core/html.js";
import { icon } from "../core/icons.js";
import * as live from "../live/live.js";
import { lasting } from "./rows.js";

const row = ({ title, seconds }) => html`
  <li><a class="today-speech" href="#/speech">${icon("play")}<span class="today-title">${title}</span>
    <span class="muted number"><span class="unseen">Length </span>${lasting(seconds)}</span></a></li>
`;

export const part = {
  name: "speech",
  area: "speech",
  place: 30,
  waits: true,
  title: "Ready to hear",
  all: ["#/speech", "All texts"],
  step: { id: "speech", area: "speech", to: "#/speech", title: "Have a text spoken", text: "in one of nineteen languages" },

  draw: (told) => told?.length > 0 && html`<ul class="today-list">${told.map(row)}</ul>`,

  live({ read, change, signal }) {
    live.on("speech", ({ speech }) => speech.status === "ready" && read(), signal);
    live.on("speech.deleted", ({ id }) => change("speech", (told) => told.filter((one) => one.id !== id)), signal);
  },
};
