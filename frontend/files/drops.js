// Chosen or dropped files, each with its path below what was chosen.

const fromInput = (input) => [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

const fileOf = (entry) => new Promise((resolve, reject) => {
  entry.file(resolve, reject);
});

const readSome = (reader) => new Promise((resolve, reject) => {
  reader.readEntries(resolve, reject);
});

// A directory returns its entries in batches, the last one empty.
const entriesOf = async (directory) => {
  const reader = directory.createReader();
  const entries = [];
  for (let some = await readSome(reader); some.length; some = await readSome(reader)) entries.push(...some);
  return entries;
};

const walk = async (entry, above) => {
  const path = above + entry.name;
  if (entry.isFile) return [{ file: await fileOf(entry), path }];
  const below = [];
  for (const each of await entriesOf(entry)) below.push(...await walk(each, `${path}/`));
  return below;
};

const alone = (file) => (file ? [{ file, path: file.name }] : []);

const fromDrop = async (transfer) => {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  // Read at once: after the first await the browser has cleared them.
  const given = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found = await Promise.all(given.map(({ entry, file }) => (entry ? walk(entry, "") : alone(file))));
  return found.flat();
};

const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");

// Accepts drops anywhere on `place`, and shows it while files are dragged over.
export const watchDrops = (place, take, signal) => {
  let depth = 0;
  const mark = (change) => {
    depth = change === 0 ? 0 : Math.max(0, depth + change);
    place.classList.toggle("over", depth > 0);
  };
  const on = (name, act) => place.addEventListener(name, (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    act(event);
  }, { signal });
  on("dragenter", () => mark(1));
  on("dragleave", () => mark(-1));
  on("dragover", ({ dataTransfer }) => (dataTransfer.dropEffect = "copy"));
  on("drop", async ({ dataTransfer }) => {
    mark(0);
    take(await fromDrop(dataTransfer));
  });
};

export const watchInput = (input, take) => {
  input.addEventListener("change", () => {
    const found = fromInput(input);
    // So that the same file can be chosen again.
    input.value = "";
    if (found.length) take(found);
  });
};
