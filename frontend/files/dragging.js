// Rows are dragged onto a folder, in the list or on the way to it.

const TYPE = "application/x-commonplace-rows";

// `rowsOf` tells which rows go with the dragged one, `folderOf` the key of a folder under the pointer, if there is one.
export const watchDragging = ({ place, rowsOf, folderOf, onDrop, signal }) => {
  let dragged = [];
  let over = null;
  const mark = (target) => {
    over?.classList.remove("drop-here");
    over = target;
    over?.classList.add("drop-here");
  };
  const on = (name, act) => place.addEventListener(name, act, { signal });
  on("dragstart", (event) => {
    const row = event.target.closest?.("li[draggable]");
    dragged = row ? rowsOf(row) : [];
    if (dragged.length === 0) return;
    event.dataTransfer.setData(TYPE, "");
    event.dataTransfer.effectAllowed = "move";
  });
  on("dragover", (event) => {
    if (!event.dataTransfer.types.includes(TYPE)) return;
    const folder = folderOf(event.target);
    const fits = folder && !dragged.some(({ key }) => key === folder.key);
    mark(fits ? folder.element : null);
    if (fits) event.preventDefault();
  });
  on("drop", (event) => {
    const folder = folderOf(event.target);
    if (!event.dataTransfer.types.includes(TYPE) || !folder) return;
    event.preventDefault();
    onDrop(dragged, folder.key);
  });
  on("dragend", () => {
    mark(null);
    dragged = [];
  });
};
