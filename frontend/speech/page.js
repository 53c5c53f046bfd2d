// The speech page: texts, translated and spoken, with live progress.

import { hearSpeech, removeSpeech, retrySpeech } from "../core/api.js";
import { skeleton, startEnd } from "../core/end.js";
import { html, render } from "../core/html.js";
import { Keyed } from "../core/keyed.js";
import { removeFrom } from "../core/removing.js";
import { follow } from "../live/follow.js";
import * as live from "../live/live.js";
import { startSign } from "../live/sign.js";
import { startTicking } from "../core/times.js";
import { toast } from "../core/toast.js";
import { Jobs } from "./jobs.js";
import { startPlayers } from "./player.js";
import { draw, look, titleOf } from "./rows.js";
import { loadVoices } from "./voices.js";
import { Writer } from "./writer.js";

const WORDS = {
  failed: "Your texts could not be loaded",
  more: "older texts",
  nothing: () => ["Nothing to hear yet", "Write something above and choose a voice.", {
    area: "speech", step: "Write a text", at: "#speech-text",
  }],
};

const page = html`
  <div class="speeches-page">
    <div class="page-head"><h1 tabindex="-1">Speech</h1></div>
    <p class="live-sign" id="live-sign" role="status"></p>
    <form class="composer card" id="new-speech" aria-label="New text"></form>
    <p class="unseen" id="news" role="status"></p>
    <ol class="speeches" id="speeches" aria-label="Your texts, newest first"></ol>
    ${skeleton("wall-skeleton", 2, 2)}
    <div class="end" id="end"></div>
  </div>
`;

const noVoices = (problem) => html`
  <p class="error" role="alert">The voices could not be loaded. ${problem.detail}</p>
  <p><button type="button" class="button" data-do="again">Try again</button></p>
`;

class SpeechPage {
  constructor({ main, signal }) {
    this.main = main;
    this.signal = signal;
    this.removing = new Set();
    this.retrying = new Set();
    this.heard = new Set();
    this.jobs = new Jobs({ onChange: () => this.show(), onEnd: (job) => this.onEnd(job), signal });
  }

  async start() {
    render(this.main, page);
    this.form = this.main.querySelector("#new-speech");
    this.list = this.main.querySelector("#speeches");
    this.rows = new Keyed({ list: this.list, draw, look });
    this.form.addEventListener("click", ({ target }) => target.closest("[data-do=again]") && this.startWriting());
    this.showEnd = startEnd({ list: this.jobs, main: this.main, words: WORDS, isEager: false, signal: this.signal });
    startSign(this.main.querySelector("#live-sign"), this.signal);
    startTicking(this.list, this.signal);
    if (await this.startWriting()) this.startList();
  }

  // Everything else on the page shows names of voices.
  async startWriting() {
    const { form, signal } = this;
    try {
      await loadVoices(signal);
    } catch (problem) {
      if (!signal.aborted) render(form, noVoices(problem));
      return false;
    }
    if (signal.aborted) return false;
    this.writer = new Writer({ form, onAdded: (job) => this.jobs.put(job), signal });
    if (!this.hasList) this.startList();
    return true;
  }

  startList() {
    if (this.hasList) return;
    this.hasList = true;
    const { jobs, list, signal } = this;
    live.on("speech", ({ speech }) => jobs.hear(speech), signal);
    live.on("speech.deleted", ({ id }) => jobs.drop(id), signal);
    list.addEventListener("click", ({ target }) => this.act(target), { signal });
    startPlayers({
      list,
      audioOf: (id) => jobs.items.get(id)?.audio,
      read: (id) => jobs.refresh(id),
      onPlay: (id) => this.hear(id),
      onFailure: () => toast("The recording could not be played. Try again.", { failure: true }),
      signal,
    });
    follow(() => jobs.catchUp(), signal);
    jobs.open();
  }

  show() {
    if (this.signal.aborted) return;
    const rows = this.jobs.all().map((job) => ({
      key: job.id, job, isRemoving: this.removing.has(job.id), isRetrying: this.retrying.has(job.id),
    }));
    this.rows.show(rows);
    this.list.hidden = rows.length === 0;
    this.showEnd(rows.length);
  }

  onEnd(job) {
    const text = job.status === "ready" ? "Ready to play" : "Not spoken";
    this.main.querySelector("#news").textContent = `${text}: ${titleOf(job)}`;
  }

  // From now on it is not new any more. If this fails, the next time counts.
  async hear(id) {
    if (this.heard.has(id)) return;
    this.heard.add(id);
    await hearSpeech({ id }).catch(() => this.heard.delete(id));
  }

  act(target) {
    const button = target.closest("[data-act]");
    const job = this.jobs.items.get(target.closest("li")?.dataset.key);
    if (!button || !job) return;
    const acts = {
      unfold: () => this.unfold(button),
      edit: () => this.writer.take(job),
      retry: () => this.retry(job),
      remove: () => this.remove(job),
    };
    acts[button.dataset.act]?.();
  }

  // Not redrawn: a recording may be playing.
  unfold(button) {
    const isOpen = button.getAttribute("aria-expanded") === "true";
    const passages = button.closest("li").querySelectorAll(".passage .said");
    passages.forEach((passage) => passage.classList.toggle("clamped", isOpen));
    button.setAttribute("aria-expanded", String(!isOpen));
    button.textContent = isOpen ? "Show all" : "Show less";
  }

  async retry({ id }) {
    if (this.retrying.has(id)) return;
    this.retrying.add(id);
    this.show();
    try {
      const job = await retrySpeech({ id });
      this.retrying.delete(id);
      this.jobs.put(job);
    } catch (problem) {
      this.retrying.delete(id);
      if (problem.status === 404) this.jobs.drop(id);
      else if (problem.status === 409) this.jobs.refresh(id);
      else toast(`It could not be tried again. ${problem.detail}`, { failure: true });
    }
    this.show();
  }

  remove(job) {
    return removeFrom(this.jobs, job.id, {
      remove: removeSpeech,
      removing: this.removing,
      show: () => this.show(),
      asked: { title: "Delete this text?", text: `“${titleOf(job)}” and its recording will be gone.` },
      failed: "The text was not deleted.",
    });
  }
}

export const show = (given) => new SpeechPage(given).start();
