// Keeps what a person typed across reloads, and after the sign-in has ended.

import { person } from "./session.js";
import * as storage from "./storage.js";

const PREFIX = "draft:";

const owner = () => person()?.id ?? null;

// If the sign-in has just ended, the draft still belongs to the person who began it.
export const saveDraft = (name, value) => {
  const before = storage.read(PREFIX + name);
  storage.write(PREFIX + name, { owner: owner() ?? before?.owner ?? null, value, at: Date.now() });
};

export const readDraft = (name) => {
  const draft = storage.read(PREFIX + name);
  return draft?.owner === owner() ? draft.value : null;
};

export const dropDraft = (name) => storage.remove(PREFIX + name);

export const draftNames = (prefix) =>
  storage
    .keys(PREFIX + prefix)
    .sort((one, other) => storage.read(one).at - storage.read(other).at)
    .map((key) => key.slice(PREFIX.length));

export const dropAllDrafts = () => storage.keys(PREFIX).forEach(storage.remove);

const isKept = (input) => input.name && input.type !== "password" && input.type !== "file" && !input.dataset.secret;

export const keepForm = (form, name, signal) => {
  const draft = readDraft(name) ?? {};
  for (const input of form.elements) {
    if (isKept(input) && draft[input.name] !== undefined) input.value = draft[input.name];
  }
  const save = () => {
    const kept = [...form.elements].filter(isKept);
    saveDraft(name, Object.fromEntries(kept.map((input) => [input.name, input.value])));
  };
  form.addEventListener("input", save, { signal });
};
