// The signed-in home: each feature that has something to tell today draws its part; for a new person, the way in.

import { failure, skeleton, startEnd } from "../core/end.js";
import { element, html, render } from "../core/html.js";
import { icon } from "../core/icons.js";
import { Keyed } from "../core/keyed.js";
import { me, onMe } from "../core/me.js";
import { startTicking } from "../core/times.js";
import { features } from "../features.js";
import { follow } from "../live/follow.js";
import { startSign } from "../live/sign.js";
import { startDays } from "../todos/due.js";
import { drawSteps, isNew } from "./steps.js";
import { Told } from "./told.js";

const WORDS = { failed: "Today could not be loaded", nothing: () => ["", ""] };

const dayFormat = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });

const today = () => dayFormat.format(new Date());

const missing = html`Not everything could be read just now.
  <button type="button" class="button quiet small" data-today="again">Try again</button>`;

const greeting = () => {
  const hour = new Date().getHours();
  if (hour < 5 || hour >= 18) return "Good evening";
  return hour < 12 ? "Good morning" : "Good afternoon";
};

const firstName = () => me()?.name.split(" ")[0] ?? "";

const page = () => html`
  <div class="today">
    <header class="today-head">
      <p class="today-day" id="today-day">${today()}</p>
      <h1 tabindex="-1" id="greeting">${greeting()}, ${firstName()}</h1>
    </header>
    <p class="live-sign" id="live-sign" role="status"></p>
    <p id="today-missing" role="status"></p>
    <div id="first-steps"></div>
    ${skeleton("wall-skeleton", 3, 2)}
    <div class="today-parts">
      <div><div id="today-calm"></div><div class="today-main" id="today-main"></div></div>
      <div class="today-aside" id="today-aside"></div>
    </div>
    <div id="last-steps"></div>
    <div class="end" id="end"></div>
  </div>
`;

const section = ({ name, area, title, all, body }) => element(html`
  <section class="today-part" data-area="${area}" aria-labelledby="today-${name}" tabindex="-1">
    <div class="today-part-head">
      ${icon(area)}<h2 id="today-${name}">${title}</h2>
      ${all && html`<a href="${all[0]}">${all[1]}</a>`}
    </div>
    ${body}
  </section>
`);

const calm = html`
  <p class="today-calm">Nothing waits for you today. <a href="#/todos">Write down what should.</a></p>
`;

class TodayPage {
  constructor({ main, signal }, parts) {
    this.main = main;
    this.signal = signal;
    this.parts = parts;
    this.told = new Told({ onChange: () => this.show(), signal });
  }

  start() {
    const { main, signal } = this;
    this.columns = ["main", "aside"].map((column) => ({
      column,
      rows: new Keyed({
        list: main.querySelector(`#today-${column}`), draw: section, look: ({ body, title }) => `${title}${body.text}`,
      }),
    }));
    this.showEnd = startEnd({ list: this.told, main, words: WORDS, isEager: false, signal });
    startSign(main.querySelector("#live-sign"), signal);
    startTicking(main, signal);
    onMe(() => this.show(), signal);
    main.addEventListener("click", ({ target }) => this.act(target), { signal });
    this.follow();
    this.show();
  }

  follow() {
    const { told, signal } = this;
    const read = follow(() => told.read(), signal);
    startDays(read, signal);
    const change = (name, alter) => told.change(name, alter);
    this.parts.forEach((part) => part.live?.({ read, change, redraw: () => this.show(), signal }));
    read();
  }

  show() {
    if (this.signal.aborted) return;
    const { parts } = this.told;
    this.greet(parts);
    const drawn = parts ? this.parts.map((part) => this.draw(part, parts)).filter(Boolean) : [];
    const isCalm = parts && !isNew(parts.steps) && !drawn.some(({ waits }) => waits);
    this.write("#today-calm", isCalm ? calm : html``);
    this.columns.forEach(({ column, rows }) => rows.show(drawn.filter((one) => one.column === column)));
    this.showSteps(parts?.steps);
    this.showEnd(this.told.state === "ready" ? 1 : 0);
  }

  greet(parts) {
    const words = parts && isNew(parts.steps) ? "Welcome" : greeting();
    this.write("#today-day", html`${today()}`);
    this.write("#greeting", html`${words}, ${firstName()}`);
    this.write("#today-missing", parts?.missing.length ? missing : html``);
  }

  draw(part, parts) {
    const body = part.draw?.(parts[part.name], parts);
    return body && { key: part.name, column: "main", ...part, body };
  }

  // First for whom all is new, last for whom little is.
  showSteps(steps) {
    const markup = steps ? drawSteps(steps, this.parts) : html``;
    const first = steps && isNew(steps);
    this.write("#first-steps", first ? markup : html``);
    this.write("#last-steps", first ? html`` : markup);
  }

  // Not touched unless it changes: it may have the focus, or be read out.
  write(selector, markup) {
    const place = this.main.querySelector(selector);
    if (place.dataset.shown !== markup.text) render(place, markup);
    place.dataset.shown = markup.text;
  }

  act(target) {
    if (target.closest("[data-today=again]")) this.told.retry();
    const name = target.closest("[data-key]")?.dataset.key;
    this.parts.find((part) => part.name === name)?.act?.(target, this.told.parts[name]);
  }
}

const loadParts = async () => {
  const modules = await Promise.all(features.map((feature) => feature.today?.()));
  return modules.filter(Boolean).map(({ part }) => part).sort((one, other) => one.place - other.place);
};

export const show = async (given) => {
  const { main, signal } = given;
  render(main, page());
  try {
    const parts = await loadParts();
    if (!signal.aborted) new TodayPage(given, parts).start();
  } catch {
    if (!signal.aborted) render(main, failure("Today could not be loaded", { detail: "Check your connection." }));
  }
};
