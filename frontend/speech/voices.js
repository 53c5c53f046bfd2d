// The available voices, read once, and the names of languages.

import { listVoices } from "../core/api.js";

let voices = null;

export const loadVoices = async (signal) => {
  voices ??= await listVoices({ signal });
  return voices;
};

export const voiceOf = (id) => voices?.find((voice) => voice.id === id) ?? null;

// Whether a text in this language can be spoken: not everywhere is everything translated.
export const canSpeak = ({ reads }, source) => source === "auto" || !reads || reads.includes(family(source));

// In the table's order.
export const spokenLanguages = (source = "auto") => {
  const able = voices.filter((voice) => canSpeak(voice, source));
  return [...new Map(able.map(({ language, languageName }) => [language, languageName]))];
};

const list = new Intl.ListFormat("en", { type: "conjunction" });

// What a voice can't do here, or "".
export const limitOf = ({ reads, languageName }) => {
  if (!reads) return "";
  const known = list.format(reads.map(nameOf));
  return `There is a way into ${languageName} here only from texts in ${known}.`;
};

export const voicesOf = (language) => voices.filter((voice) => voice.language === language);

const family = (language) => language.split("-")[0];

const names = new Intl.DisplayNames(["en"], { type: "language" });

export const nameOf = (language) => {
  try {
    return names.of(family(language));
  } catch {
    return language;
  }
};

export const writtenLanguages = () => {
  const codes = [...new Set(voices.map(({ language }) => family(language)))];
  return codes.map((code) => [code, nameOf(code)]).sort(([, one], [, other]) => one.localeCompare(other));
};

export const isSameLanguage = (source, voice) => family(source) === family(voice?.language ?? "");
