// The form: a text with a counter, its language, and the voice. What was typed outlives the page.

import { addSpeech, getSpeechAllowance } from "../core/api.js";
import { readDraft, saveDraft } from "../core/drafts.js";
import { fieldErrors, formMessage, setMessage } from "../core/forms.js";
import { html, render } from "../core/html.js";
import { clean, lengthOf } from "../core/texts.js";
import { canSpeak, limitOf, spokenLanguages, voiceOf, voicesOf, writtenLanguages } from "./voices.js";

const DRAFT = "speech";
const LONGEST = 20000;
const counted = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

const option = (chosen) => ([value, name]) => html`
  <option value="${value}"${value === chosen && html` selected`}>${name}</option>
`;

const select = ({ name, label, options, chosen }) => html`
  <div class="field">
    <label for="speech-${name}">${label}</label>
    <select id="speech-${name}" name="${name}">${options.map(option(chosen))}</select>
  </div>
`;

const named = ({ id, name, gender }) => [id, `${name} (${gender})`];

const begun = () => {
  const draft = readDraft(DRAFT) ?? {};
  const voice = voiceOf(draft.voice) ?? voiceOf("Lucia") ?? voicesOf(spokenLanguages()[0][0])[0];
  const known = ["auto", ...writtenLanguages().map(([code]) => code)];
  const source = known.includes(draft.source) && canSpeak(voice, draft.source) ? draft.source : "auto";
  return { text: draft.text ?? "", source, voice };
};

const fields = ({ text, source, voice }) => html`
  <label for="speech-text">Text</label>
  <textarea id="speech-text" name="text" rows="5" placeholder="Something worth hearing…"
    aria-describedby="speech-hint speech-error">${text}</textarea>
  <p class="error" id="speech-error" role="alert"></p>
  <div class="composer-foot">
    <p class="hint" id="speech-hint">
      <span class="wide-only"><kbd>Ctrl</kbd> <kbd>Enter</kbd> starts it. </span>Only you can see and hear it.
      <span id="speech-left"></span>
    </p>
    <p class="counter number" id="speech-count"></p>
  </div>
  <div class="speech-choices">
    ${select({
      name: "source", label: "Language of the text", chosen: source,
      options: [["auto", "Detect it"], ...writtenLanguages()],
    })}
    ${select({ name: "language", label: "Spoken in", options: spokenLanguages(source), chosen: voice.language })}
    ${select({ name: "voice", label: "Voice", options: voicesOf(voice.language).map(named), chosen: voice.id })}
    <button type="submit" class="button">Speak it</button>
  </div>
  <p class="hint" id="speech-way" role="status"></p>
  ${formMessage}
`;

export class Writer {
  constructor({ form, onAdded, signal }) {
    this.form = form;
    this.onAdded = onAdded;
    this.sent = null;
    render(form, fields(begun()));
    this.box = form.elements.text;
    form.noValidate = true;
    form.addEventListener("input", ({ target }) => this.change(target), { signal });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    }, { signal });
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.submit();
    }, { signal });
    this.count();
    this.showWay();
    this.showAllowance();
  }

  // Each text costs money, so there is a limit per day.
  async showAllowance() {
    const place = this.form.querySelector("#speech-left");
    try {
      const { left, until } = await getSpeechAllowance();
      place.textContent = `${counted.format(left)} characters are left until ${clock.format(new Date(until))}.`;
    } catch {
      place.textContent = ""; // the list below shows what is wrong
    }
  }

  // Puts a failed text back into the form.
  take({ text, source, voice }) {
    const known = voiceOf(voice);
    this.box.value = text;
    this.form.elements.source.value = known && canSpeak(known, source) ? source : "auto";
    if (this.form.elements.source.selectedIndex < 0) this.form.elements.source.value = "auto";
    this.showLanguages();
    if (known) {
      this.form.elements.language.value = known.language;
      this.showVoices(known.id);
    }
    this.change(this.box);
    this.box.focus();
  }

  change(target) {
    if (target.name === "source") this.showLanguages();
    if (target.name === "language") this.showVoices();
    this.showWay();
    this.count();
    this.keep();
  }

  // Only those into which a text in its language can be translated.
  showLanguages() {
    const { source, language } = this.form.elements;
    const before = language.value;
    const options = spokenLanguages(source.value);
    render(language, html`${options.map(option(before))}`);
    if (!options.some(([value]) => value === before)) this.showVoices();
  }

  // Which language a text has is not known before it is worked on.
  showWay() {
    const { source, voice } = this.form.elements;
    const text = source.value === "auto" ? limitOf(voiceOf(voice.value)) : "";
    const place = this.form.querySelector("#speech-way");
    if (place.textContent !== text) place.textContent = text;
  }

  showVoices(chosen) {
    const voices = voicesOf(this.form.elements.language.value);
    render(this.form.elements.voice, html`${voices.map(named).map(option(chosen))}`);
  }

  keep() {
    const { source, voice } = this.given();
    saveDraft(DRAFT, { text: this.box.value, source, voice });
  }

  given() {
    const { source, voice } = this.form.elements;
    return { text: clean(this.box.value), source: source.value, voice: voice.value };
  }

  count() {
    const length = lengthOf(clean(this.box.value));
    const counter = this.form.querySelector(".counter");
    counter.textContent = `${counted.format(length)} / ${counted.format(LONGEST)}`;
    counter.classList.toggle("over", length > LONGEST);
    if (length <= LONGEST) this.refuse("");
    setMessage(this.form, "");
  }

  refuse(text) {
    if (text) this.box.setAttribute("aria-invalid", "true");
    else this.box.removeAttribute("aria-invalid");
    this.form.querySelector("#speech-error").textContent = text;
  }

  async submit() {
    const given = this.given();
    const over = lengthOf(given.text) - LONGEST;
    if (this.isSending) return;
    if (!given.text) this.refuse("Write something first.");
    else if (over > 0) this.refuse(`That is ${counted.format(over)} too long: ${counted.format(LONGEST)} is the limit.`);
    else await this.send(given);
    this.box.focus();
  }

  // Sending the same again after a lost answer means the same job.
  clientId(given) {
    const look = JSON.stringify(given);
    if (this.sent?.look !== look) this.sent = { look, clientId: crypto.randomUUID() };
    return this.sent.clientId;
  }

  async send(given) {
    this.wait(true);
    try {
      const job = await addSpeech({ body: { ...given, clientId: this.clientId(given) } });
      this.sent = null;
      // Keep what was typed since.
      if (this.given().text === given.text) this.box.value = "";
      this.count();
      this.keep();
      this.onAdded(job);
    } catch (problem) {
      this.fail(problem);
    }
    this.wait(false);
    this.showAllowance();
  }

  fail(problem) {
    if (problem.status === 404) this.sent = null;
    const { text, ...rest } = fieldErrors(problem);
    if (text) this.refuse(`The text ${text}.`);
    else setMessage(this.form, Object.values(rest).join(" ") || problem.detail);
  }

  wait(waiting) {
    this.isSending = waiting;
    const button = this.form.querySelector("[type=submit]");
    button.setAttribute("aria-disabled", String(waiting));
    button.classList.toggle("waiting", waiting);
  }
}
