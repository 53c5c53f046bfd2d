// What the person was told of: a bell in the frame, the list, and this device's own notifications.

import { startBell } from "./bell.js";
import { startDevice } from "./device.js";
import { startNotices } from "./notices.js";

export const routes = [
  { path: "/notices", title: "Notices", access: "person", page: () => import("./page.js") },
];

export const start = () => {
  startBell();
  startDevice();
  startNotices();
};
