// Who is typing: sent to the others now and then, and shown for some seconds.

import * as live from "../live/live.js";

const TELL_EVERY = 3000;
const SHOWN_FOR = 6000;

const sentence = (names) => {
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} is typing…`;
  return names.length === 2 ? `${names[0]} and ${names[1]} are typing…` : "Several people are typing…";
};

export const startTyping = ({ target, conversationId, signal }) => {
  const typists = new Map();
  let toldAt = 0;
  const show = () => {
    target.textContent = sentence([...typists.values()].map(({ name }) => name));
  };
  const stop = (id) => {
    clearTimeout(typists.get(id)?.timer);
    if (typists.delete(id)) show();
  };
  live.on("typing", ({ conversationId: there, person }) => {
    if (there !== conversationId) return;
    stop(person.id);
    typists.set(person.id, { name: person.name, timer: setTimeout(() => stop(person.id), SHOWN_FOR) });
    show();
  }, signal);
  live.on("message", ({ conversationId: there, message }) => {
    if (there === conversationId) stop(message.author.id);
  }, signal);
  signal.addEventListener("abort", () => [...typists.keys()].forEach(stop));
  return {
    typed(text) {
      if (!text.trim() || Date.now() - toldAt < TELL_EVERY) return;
      if (live.send({ action: "typing", conversationId })) toldAt = Date.now();
    },
    sent() {
      toldAt = 0;
    },
  };
};
