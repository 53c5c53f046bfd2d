// What the tabs of one browser tell each other about who is signed in. A tab that is signed in holds a lock of its own,
// so that a new one knows how many will answer it: with none there is nothing to wait for.

const PREFIX = "signed-in:";
const PATIENCE = 1000;

const own = PREFIX + crypto.randomUUID();
const channel = new BroadcastChannel("commonplace");
let release = null;

export const tell = (message) => channel.postMessage(message);

// Told by the other tabs.
export const onTold = (listener) => channel.addEventListener("message", ({ data }) => listener(data));

export const hold = () => {
  if (release) return;
  const held = new Promise((resolve) => (release = resolve));
  navigator.locks.request(own, () => held);
};

export const letGo = () => {
  release?.();
  release = null;
};

const others = async () => {
  const { held } = await navigator.locks.query();
  return held.filter(({ name }) => name.startsWith(PREFIX) && name !== own).length;
};

// Of one that was closed just now, no answer comes.
const answersTo = (id, most) => new Promise((resolve) => {
  const answers = [];
  const end = () => {
    clearTimeout(late);
    channel.removeEventListener("message", hear);
    resolve(answers);
  };
  const hear = ({ data }) => {
    if (data.answers === id && answers.push(data.session) === most) end();
  };
  const late = setTimeout(end, PATIENCE);
  channel.addEventListener("message", hear);
});

// The sessions of all others that are signed in.
export const ask = async () => {
  const most = await others();
  if (!most) return [];
  const id = crypto.randomUUID();
  const answers = answersTo(id, most);
  tell({ asks: id });
  return answers;
};

// One tab at a time.
export const alone = (work) => navigator.locks.request("renewal", work);
