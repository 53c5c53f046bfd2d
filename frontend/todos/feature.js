// The person's to-dos; unsaved changes are saved from any page.

import { startSaving } from "./sending.js";

export const routes = [
  { path: "/todos", title: "To-dos", access: "person", nav: "To-dos", place: 20, page: () => import("./page.js") },
];

export const commands = [{ title: "New to-do", words: "todo add task", to: "/todos", at: "#new-todo-title" }];

export const start = startSaving;

export const today = () => import("./today.js");
