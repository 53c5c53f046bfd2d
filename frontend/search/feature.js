// Finding: a palette over every page. It is loaded when somebody opens it for the first time.

export const routes = [];

/** @param {any[]} features */
export const start = (features) => {
  const open = async () => (await import("./palette.js")).open(features);
  document.getElementById("find").addEventListener("click", open);
  addEventListener("keydown", (event) => {
    const isAsked = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k";
    if (!isAsked || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    open();
  });
};
