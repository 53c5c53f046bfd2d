// The author's editor: text and preview side by side, kept in the tab at every key and on the server as a draft.

import { addArticle, changeArticle, getDraft, getPhoto, removeArticle } from "../core/api.js";
import { resolveConflict } from "../core/conflict.js";
import { confirmDelete } from "../core/dialog.js";
import { dropDraft, readDraft, saveDraft } from "../core/drafts.js";
import { fieldErrors, setMessage } from "../core/forms.js";
import { guard } from "../core/guard.js";
import { failure } from "../core/end.js";
import { html, render } from "../core/html.js";
import { go, missingPage, setPath, setTitle } from "../core/router.js";
import { clock } from "../core/times.js";
import { toast } from "../core/toast.js";
import { COMPARED, bodyOf, fieldsOf, isPublished, isSame, isScheduled, read } from "./fields.js";
import { photoField } from "../photos/photos.js";
import { startPreview } from "./preview.js";

const AUTOSAVE_AFTER = 2500;
const LONGEST = 50000;

const CHANGED = {
  title: "This article was changed meanwhile",
  text: "Somebody saved another version while you were editing.",
  other: "Theirs",
  fields: COMPARED,
};

const input = (name, label, hint, more = html``) => html`
  <div class="field" data-field="${name}">
    <label for="write-${name}">${label}</label>
    <input id="write-${name}" name="${name}" autocomplete="off" aria-describedby="write-${name}-hint write-${name}-error"${more}>
    <p class="hint" id="write-${name}-hint">${hint}</p>
    <p class="error" id="write-${name}-error"></p>
  </div>
`;

const page = (title) => html`
  <form class="editor" id="editor">
    <div class="page-head">
      <h1 tabindex="-1">${title}</h1>
      <p class="editor-state" id="editor-state" role="status"></p>
    </div>
    ${input("title", "Title", "Its address is made from the first title, and stays.", html` maxlength="200"`)}
    <div class="editor-panes">
      <div class="field" data-field="body">
        <label for="write-body">Text</label>
        <textarea id="write-body" name="body" rows="18" maxlength="${LONGEST}"
          aria-describedby="write-body-hint write-body-error"></textarea>
        <p class="hint" id="write-body-hint">Markdown: **bold**, *italic*, # heading, - list, [link](https://…).</p>
        <p class="error" id="write-body-error"></p>
      </div>
      <div class="preview">
        <h2 id="preview-title">Preview</h2>
        <div class="prose" id="preview" tabindex="0" role="region" aria-labelledby="preview-title"></div>
      </div>
    </div>
    <div class="editor-more">
      <div class="card">
        ${input("tags", "Tags", "With commas between them, ten at most.")}
        ${input("publishAt", "Appears at", "Empty: as soon as it is published.", html` type="datetime-local"`)}
      </div>
      <div class="card">
        <div id="photo-place"></div>
        <p><button type="button" class="button quiet small" data-act="insert" hidden>Put it into the text too</button></p>
      </div>
    </div>
    <div class="form-message" role="alert"></div>
    <div class="form-actions" id="editor-acts"></div>
  </form>
`;

const acts = (base, waits) => html`
  ${!isPublished(base) && html`<button type="button" class="button quiet" data-act="keep">Save draft</button>`}
  <button type="submit" class="button">
    ${isPublished(base) ? "Save changes" : waits ? "Publish at that time" : "Publish"}
  </button>
  ${(isPublished(base) || isScheduled(base))
    && html`<button type="button" class="button quiet" data-act="withdraw">Make it a draft again</button>`}
  ${isPublished(base) && html`<a class="button quiet" href="#/blog/${base.slug}">View</a>`}
  ${base && html`<button type="button" class="button danger" data-act="remove">Delete</button>`}
`;

const kept = (base) => `article:${base?.slug ?? "new"}`;

class Editor {
  constructor({ main, base, photo, signal }) {
    this.main = main;
    this.base = base;
    this.signal = signal;
    this.photo = photo;
    this.clientId = crypto.randomUUID();
    this.saving = Promise.resolve();
    this.isBusy = false;
  }

  start() {
    render(this.main, page(this.base ? "Edit article" : "New article"));
    this.form = this.main.querySelector("#editor");
    this.form.noValidate = true;
    this.state = this.main.querySelector("#editor-state");
    this.put(fieldsOf(this.base));
    this.takeUpDraft();
    this.main.querySelector("#photo-place").append(photoField({
      photo: this.photo, onChange: (photo) => this.choose(photo), signal: this.signal,
    }));
    this.showInsert();
    this.preview = startPreview({ target: this.main.querySelector("#preview"), signal: this.signal });
    this.preview(this.fields().body);
    this.form.addEventListener("input", ({ target }) => target.name && this.changed());
    this.form.addEventListener("click", ({ target }) => this.act(target));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save("published");
    });
    guard(() => this.isDirty(), this.signal);
    this.showActs();
    if (!this.base) this.form.elements.title.focus({ preventScroll: true });
  }

  fields() {
    return read(this.form, this.photoId);
  }

  put(fields) {
    for (const name of ["title", "body", "tags", "publishAt"]) this.form.elements[name].value = fields[name];
    this.photoId = fields.photo;
  }

  isDirty() {
    return !isSame(this.fields(), fieldsOf(this.base));
  }

  // Typed before a reload or a new sign-in, and never saved.
  takeUpDraft() {
    const draft = readDraft(kept(this.base));
    if (!draft || isSame(draft.fields, this.fields())) return;
    this.put(draft.fields);
    this.clientId = draft.clientId ?? this.clientId;
    setMessage(this.form, "What you typed before was kept. Save it, or load the page's last version.", "note");
    this.say("Not saved yet");
  }

  changed() {
    const fields = this.fields();
    saveDraft(kept(this.base), { fields, clientId: this.clientId });
    this.preview(fields.body);
    this.showActs();
    clearTimeout(this.timer);
    if (isPublished(this.base) || isScheduled(this.base)) this.say("Not saved yet");
    else this.timer = setTimeout(() => this.autosave(), AUTOSAVE_AFTER);
  }

  choose(photo) {
    const id = photo?.status === "ready" ? photo.id : "";
    this.photo = photo;
    if (this.photoId === id) return;
    this.photoId = id;
    this.showInsert();
    this.changed();
  }

  showInsert() {
    this.form.querySelector("[data-act=insert]").hidden = !this.photoId;
  }

  showActs() {
    const waits = this.form.elements.publishAt.value && new Date(this.form.elements.publishAt.value) > new Date();
    const look = `${this.base?.status} ${this.base?.publishedAt} ${Boolean(this.base)} ${waits}`;
    const place = this.main.querySelector("#editor-acts");
    if (place.dataset.look === look) return;
    place.dataset.look = look;
    const hadFocus = place.contains(document.activeElement);
    render(place, acts(this.base, waits));
    if (hadFocus) place.querySelector("[type=submit]").focus();
  }

  say(text) {
    this.state.textContent = text;
  }

  act(target) {
    const act = target.closest("[data-act]")?.dataset.act;
    if (act === "keep" || act === "withdraw") this.save("draft");
    else if (act === "insert") this.insert();
    else if (act === "remove") this.remove();
  }

  insert() {
    const box = this.form.elements.body;
    const alt = (this.photo?.alt ?? "").replace(/[[\]]/g, "");
    box.setRangeText(`\n\n![${alt}](photo:${this.photoId})\n\n`, box.selectionStart, box.selectionEnd, "end");
    box.focus();
    this.changed();
  }

  autosave() {
    const { title } = this.fields();
    if (this.signal.aborted || this.isBusy || !title.trim() || !this.isDirty()) return;
    this.save("draft", { quietly: true });
  }

  // One save after the other: each needs the version that the one before made.
  save(status, { quietly = false } = {}) {
    clearTimeout(this.timer);
    this.saving = this.saving.then(() => this.saveNow(status, quietly));
    return this.saving;
  }

  async saveNow(status, quietly) {
    const fields = this.fields();
    if (!quietly && this.refuse(fields, status)) return;
    this.isBusy = true;
    this.say("Saving…");
    try {
      this.settle(await this.send(fields, status), status, quietly);
    } catch (problem) {
      await this.fail(problem, { fields, status, quietly });
    }
    this.isBusy = false;
  }

  refuse({ title, body }, status) {
    setMessage(this.form, "");
    const errors = {};
    if (!title.trim()) errors.title = "A title is required.";
    if (status === "published" && !body.trim()) errors.body = "Write something first.";
    const isWordless = status === "published" && this.photoId !== "" && this.asksForWords();
    return this.tell(errors) || isWordless;
  }

  // A photo without words is nothing to those who can't see it.
  asksForWords() {
    const words = this.main.querySelector("#photo-alt");
    if (words.value.trim()) return false;
    this.main.querySelector("#photo-alt-error").textContent = "Say what the photo shows: then it can be published.";
    words.setAttribute("aria-invalid", "true");
    words.focus();
    return true;
  }

  tell(errors) {
    const { title, body, tags } = this.form.elements;
    for (const box of [title, body, tags]) {
      const text = errors[box.name] ?? "";
      document.getElementById(`write-${box.name}-error`).textContent = text;
      if (text) box.setAttribute("aria-invalid", "true");
      else box.removeAttribute("aria-invalid");
    }
    [title, body, tags].find((box) => errors[box.name])?.focus();
    const rest = Object.entries(errors).filter(([name]) => !["title", "body", "tags"].includes(name));
    if (rest.length) setMessage(this.form, rest.map(([, text]) => text).join(" "));
    return Object.keys(errors).length > 0;
  }

  send(fields, status) {
    const body = bodyOf(fields, this.base, status);
    if (!this.base) return addArticle({ body: { ...body, clientId: this.clientId } });
    return changeArticle({ slug: this.base.slug, ifMatch: this.base.version, body });
  }

  settle(article, status, quietly) {
    dropDraft(kept(this.base));
    const isNew = !this.base;
    const typed = this.fields();
    const wasPublished = isPublished(this.base);
    const wasSame = isSame(typed, fieldsOf(article));
    this.base = article;
    setMessage(this.form, "");
    this.tell({});
    if (isNew) setPath(`/write/${article.slug}`);
    if (!quietly && status === "published") return this.leave(article, wasPublished);
    // Shows what the API tidied up, but not while somebody is typing.
    if (!quietly && !wasSame) this.put(fieldsOf(article));
    this.say(status === "draft" ? `Saved as a draft at ${clock(article.updatedAt)}` : "Saved");
    this.showActs();
    return null;
  }

  leave(article, wasPublished) {
    if (isPublished(article)) {
      toast(wasPublished ? "Your changes are published." : "It is published.");
      return go(`/blog/${article.slug}`);
    }
    toast("It will appear at its time.");
    return go("/write");
  }

  async fail(problem, attempt) {
    if (this.signal.aborted) return;
    if (problem.status === 412) {
      await this.compare(attempt);
      return;
    }
    if (problem.status === 404 && this.base) this.base = null;
    this.say("Not saved: what you typed is kept in this tab");
    if (attempt.quietly) return;
    const errors = fieldErrors(problem);
    this.tell(Object.keys(errors).length ? errors : { "": problem.detail });
  }

  async compare({ fields, status }) {
    this.say("Somebody else has changed it meanwhile");
    let newest = null;
    try {
      newest = await getDraft({ slug: this.base.slug });
    } catch (problem) {
      setMessage(this.form, problem.detail);
      return;
    }
    const versions = { base: fieldsOf(this.base), mine: fields, theirs: fieldsOf(newest) };
    const asked = { ...CHANGED, versions, signal: this.signal };
    const chosen = isSame(versions.mine, versions.theirs) ? versions.mine : await resolveConflict(asked);
    if (!chosen) return;
    this.base = newest;
    this.put(chosen);
    this.changed();
    this.save(status);
  }

  async remove() {
    const all = "It will be gone for everybody, together with its comments.";
    if (!(await confirmDelete("Delete this article?", all))) return;
    clearTimeout(this.timer);
    try {
      await removeArticle({ slug: this.base.slug });
    } catch (problem) {
      if (problem.status !== 404) return setMessage(this.form, problem.detail);
    }
    dropDraft(kept(this.base));
    toast("The article is deleted.");
    return go("/write");
  }
}

const photoOf = async (base) => {
  if (!base?.photo || base.picture) return base?.picture ?? null;
  return getPhoto({ id: base.photo }).catch(() => null);
};

export const showEditor = async (given) => {
  const { main, slug, signal } = given;
  try {
    const base = slug && (await getDraft({ slug, signal }));
    const photo = await photoOf(base);
    if (signal.aborted) return;
    if (base) setTitle(`Edit: ${base.title}`);
    new Editor({ main, base, photo, signal }).start();
  } catch (problem) {
    if (signal.aborted) return;
    if (problem.status === 404) missingPage.show(given);
    else {
      render(main, html`<h1 tabindex="-1" class="unseen">Write</h1>${failure("It could not be loaded", problem)}`);
      main.querySelector("[data-end=retry]").addEventListener("click", () => showEditor(given));
    }
  }
};
