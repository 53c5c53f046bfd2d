// What was found, in groups: commands and pages first, then each kind of thing.

const SHOWN = 5;
const WHOLE = ["command", "page"];

export const KINDS = [
  { kind: "command", label: "Do", area: "add" },
  { kind: "page", label: "Go to" },
  { kind: "todo", label: "To-dos", area: "todos" },
  { kind: "conversation", label: "Conversations", area: "chat" },
  { kind: "message", label: "Messages", area: "chat" },
  { kind: "speech", label: "Spoken texts", area: "speech" },
  { kind: "article", label: "Articles", area: "blog" },
  { kind: "album", label: "Albums", area: "albums" },
  { kind: "post", label: "Posts", area: "wall" },
];

/** @param {string} kind */
export const labelOf = (kind) => KINDS.find((each) => each.kind === kind)?.label ?? kind;

// A long group ends with a way to see that kind alone, unless it is alone already.
/** @param {any[]} items @param {{only?: string, more?: boolean}} given */
export const grouped = (items, { only = "", more = false } = {}) => KINDS.flatMap(({ kind, label, area }) => {
  const all = items.filter((item) => item.kind === kind).map((item) => ({ area, ...item }));
  const isCut = !only && !WHOLE.includes(kind) && all.length > SHOWN;
  const further = isCut ? [{ kind, only: kind, title: `More ${label.toLowerCase()}`, area: "more" }] : [];
  const last = only && more ? [{ kind, further: true, title: `Further ${label.toLowerCase()}`, area: "more" }] : [];
  return all.length ? [{ kind, label, items: [...(isCut ? all.slice(0, SHOWN) : all), ...further, ...last] }] : [];
});
