// A text's row: its progress, its recording, or the reason why there is none.

import { rowAct } from "../core/acts.js";
import { avatar } from "../core/avatars.js";
import { element, html } from "../core/html.js";
import { icon } from "../core/icons.js";
import { ago, exact } from "../core/times.js";
import { isUnderWay } from "./jobs.js";
import { isSameLanguage, nameOf, voiceOf } from "./voices.js";

const STATES = { queued: "Waiting its turn", translating: "Translating", speaking: "Speaking" };
const LONG = 420;
const TITLE = 60;

export const titleOf = ({ text }) => {
  const line = text.split("\n", 1)[0].trim();
  return [...line].length > TITLE ? `${[...line].slice(0, TITLE).join("").trimEnd()}…` : line;
};

export const lasting = (seconds) => {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

const sourceName = ({ source, status }) => {
  if (source !== "auto") return nameOf(source);
  return status === "failed" ? "Unknown language" : "Detecting the language…";
};

const spokenName = (job) => voiceOf(job.voice)?.languageName ?? job.voice;

const languages = (job) => {
  const voice = voiceOf(job.voice);
  if (job.source !== "auto" && isSameLanguage(job.source, voice)) return spokenName(job);
  return html`${sourceName(job)} <span aria-hidden="true">→</span><span class="unseen">into</span> ${spokenName(job)}`;
};

const head = (job, isRemoving) => html`
  <div class="speech-head">
    ${avatar(voiceOf(job.voice)?.name ?? job.voice)}
    <div class="speech-what">
      <h2>${voiceOf(job.voice)?.name ?? job.voice}</h2> <span class="tag">${languages(job)}</span>
      <time datetime="${job.at}" title="${exact(job.at)}" data-ago>${ago(job.at)}</time>
    </div>
    ${rowAct({ act: "remove", icon: "bin", text: "Delete", of: `“${titleOf(job)}”`, isBusy: isRemoving })}
  </div>
`;

const passage = ({ label, text, language, isLong }) => html`
  <section class="passage">
    <h3>${label}</h3>
    <p class="said ${isLong && "clamped"}"${language && html` lang="${language}"`} dir="auto">${text}</p>
  </section>
`;

const texts = (job) => {
  const isLong = job.text.length > LONG || job.text.split("\n").length > 6;
  const source = job.source === "auto" ? null : job.source;
  const own = passage({ label: sourceName(job), text: job.text, language: source, isLong });
  const voice = voiceOf(job.voice);
  const translated = job.translation
    && passage({ label: spokenName(job), text: job.translation, language: voice?.language, isLong });
  return html`
    <div class="passages">${own}${translated}</div>
    ${isLong && html`<p><button type="button" class="button quiet small" data-act="unfold" aria-expanded="false">
      Show all</button></p>`}
  `;
};

const progress = (job) => {
  const percent = `${Math.round(job.progress * 100)} %`;
  return html`
    <div class="speech-progress">
      <p class="muted">${STATES[job.status]}… <span class="number">${percent}</span></p>
      <progress max="1" value="${job.progress}" aria-label="${STATES[job.status]}: ${titleOf(job)}">${percent}</progress>
    </div>
  `;
};

const failure = (job, isRetrying) => html`
  <p class="speech-failure"><strong>Not spoken.</strong> ${job.reason}</p>
  <p class="speech-acts">
    ${!job.hopeless && html`<button type="button" class="button small ${isRetrying && "waiting"}" data-act="retry"
      aria-disabled="${isRetrying}">Try again</button>`}
    <button type="button" class="button quiet small" data-act="edit">Change it</button>
  </p>
`;

const recording = (job) => html`
  <div class="speech-recording">
    <audio controls preload="none" src="${job.audio.url}" aria-label="${titleOf(job)}"></audio>
    <p class="muted number"><span class="unseen">Length </span>${lasting(job.audio.seconds)}</p>
    <a class="icon-button act" href="${job.audio.download}" data-download data-act="download" title="Download"
      aria-label="Download “${titleOf(job)}”">${icon("download")}</a>
  </div>
`;

const outcome = ({ job, isRetrying }) => {
  if (isUnderWay(job)) return progress(job);
  return job.status === "failed" ? failure(job, isRetrying) : recording(job);
};

export const draw = (row) => element(html`
  <li class="speech ${row.job.status} ${row.isRemoving && "pending"}" tabindex="-1">
    ${head(row.job, row.isRemoving)}
    ${texts(row.job)}
    ${outcome(row)}
  </li>
`);

// Without the URLs: each answer signs new ones, and a player must not lose its place because of that.
export const look = ({ job, ...row }) => JSON.stringify([row, { ...job, audio: job.audio?.seconds }]);
