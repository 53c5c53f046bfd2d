// People one has met: those of one's conversations, the latest first, offered where somebody is to be chosen.

import { avatar } from "../core/avatars.js";
import { html, render } from "../core/html.js";
import { me } from "../core/me.js";
import { conversations } from "./conversations.js";

const MOST = 24;

const metExcept = (isTaken) => {
  const all = conversations.all().flatMap(({ members }) => members);
  const others = new Map(all.filter(({ id }) => id !== me()?.id && !isTaken(id)).map((person) => [person.id, person]));
  return [...others.values()].slice(0, MOST);
};

const offer = ({ id, name }) => html`
  <li><button type="button" class="button quiet small met-person" data-met="${id}">${avatar(name)} ${name}</button></li>
`;

export const metPlace = (label) => html`
  <div class="met" hidden>
    <p class="hint" id="met-label">${label}</p>
    <ul class="inline-list" aria-labelledby="met-label"></ul>
  </div>
`;

// Returns what draws the offers again, after somebody was taken or let go.
export const startMet = ({ place, isTaken, onChoose }) => {
  const box = place.querySelector(".met");
  const list = box.querySelector("ul");
  const show = () => {
    const people = metExcept(isTaken);
    box.hidden = people.length === 0;
    render(list, html`${people.map(offer)}`);
  };
  list.addEventListener("click", ({ target }) => {
    const id = target.closest("[data-met]")?.dataset.met;
    const person = metExcept(isTaken).find((one) => one.id === id);
    if (person) onChoose(person);
  });
  show();
  return show;
};
