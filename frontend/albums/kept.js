// Unsaved changes to albums, kept in the tab by the key of their row.

import { draftNames, dropDraft, readDraft, saveDraft } from "../core/drafts.js";

const PREFIX = "album:";

export const keep = (change, { typing }) => {
  const { key, kind, base, fields } = change;
  saveDraft(PREFIX + key, { key, kind, base, fields, typing });
};

export const forget = (change) => dropDraft(PREFIX + change.key);

export const allKept = () => draftNames(PREFIX).map(readDraft).filter(Boolean);
