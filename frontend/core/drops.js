// A place to drop a file on: marked while one is over it, and told of the first that is dropped.

export const watchDrops = (zone, choose) => {
  const mark = (isOver) => zone.classList.toggle("over", isOver);
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  zone.addEventListener("dragleave", () => mark(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    if (event.dataTransfer.files[0]) choose(event.dataTransfer.files[0]);
  });
};
