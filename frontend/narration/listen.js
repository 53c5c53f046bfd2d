// An article read aloud: a quiet button that says how long it takes, and becomes a player.

import { fromEdge } from "../articles/parts.js";
import { getArticleAudio, recordArticle } from "../core/api.js";
import { html, render } from "../core/html.js";
import { icon } from "../core/icons.js";
import { isAuthor, onMe } from "../core/me.js";
import { toast } from "../core/toast.js";
import { startPlayers } from "../speech/player.js";

const LOOK_AGAIN = 5000;
const LOOKS = 24;

const minutes = (seconds) => `${Math.max(1, Math.round(seconds / 60))} min`;

const offer = ({ seconds }) => html`
  <button type="button" class="button quiet small" data-listen="play">${icon("speech")} Listen · ${minutes(seconds)}</button>
`;

const making = html`<p class="muted">Being read aloud…</p>`;

const asking = html`
  <button type="button" class="button quiet small" data-listen="record">${icon("speech")} Have it read aloud</button>
`;

// The players of speech find theirs by the row's key.
const player = ({ url }, title) => html`
  <ul class="listen-player"><li data-key="article">
    <audio controls preload="none" src="${url}" aria-label="“${title}”, read aloud"></audio>
  </li></ul>
`;

const isUnderWay = ({ status }) => ["queued", "translating", "speaking"].includes(status);

class Listen {
  constructor({ place, slug, title, signal }) {
    this.place = place;
    this.slug = slug;
    this.title = title;
    this.signal = signal;
    this.audio = null;
    this.looks = 0;
    place.addEventListener("click", ({ target }) => {
      const act = target.closest("[data-listen]")?.dataset.listen;
      if (act) this[act]();
    });
    onMe(() => this.show(), signal);
  }

  // Without it the article is just as readable: a failure is not worth a word.
  async read() {
    try {
      this.take(await getArticleAudio({ slug: this.slug, edge: fromEdge(), signal: this.signal }));
    } catch {
      this.looks = LOOKS;
    }
    return { audio: this.audio };
  }

  take(audio) {
    this.audio = audio;
    this.show();
    if (!isUnderWay(audio) || this.looks >= LOOKS) return;
    this.looks += 1;
    setTimeout(() => !this.signal.aborted && this.read(), LOOK_AGAIN);
  }

  show() {
    if (this.signal.aborted || !this.audio || this.place.querySelector("audio")) return;
    render(this.place, this.markup());
  }

  markup() {
    if (this.audio.status === "ready") return offer(this.audio);
    if (isUnderWay(this.audio)) return making;
    return isAuthor() ? asking : html``;
  }

  async play() {
    render(this.place, player(this.audio, this.title));
    startPlayers({
      list: this.place,
      audioOf: () => this.audio,
      read: () => this.read(),
      onPlay: () => undefined,
      onFailure: () => toast("The recording could not be played. Try again.", { failure: true }),
      signal: this.signal,
    });
    const audio = this.place.querySelector("audio");
    audio.focus();
    await audio.play().catch(() => null);
  }

  async record() {
    this.looks = 0;
    try {
      this.take(await recordArticle({ slug: this.slug }));
    } catch (problem) {
      toast(`It can't be read aloud now. ${problem.detail}`, { failure: true });
    }
  }
}

export const showListen = (given) => new Listen(given).read();
