// What all forms share: labelled fields, errors next to their fields, and a visible wait.

import { html } from "./html.js";

const describedBy = (id, hint) => (hint ? `${id}-hint ${id}-error` : `${id}-error`);

const attributes = (given) =>
  Object.entries(given)
    .filter(([, value]) => value !== undefined && value !== null && value !== false)
    .map(([name, value]) => html` ${name}="${value === true ? "" : value}"`);

const shell = ({ id, name, label, hint }, control) => html`
  <div class="field" data-field="${name}">
    <label for="${id}">${label}</label>
    ${control}
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    <p class="error" id="${id}-error"></p>
  </div>
`;

export const field = ({ form, name, label, hint = "", type = "text", value = "", required = true, ...more }) => {
  const id = `${form}-${name}`;
  const control = html`<input id="${id}" name="${name}" type="${type}" value="${value}"
    aria-describedby="${describedBy(id, hint)}"${attributes({ required, ...more })}>`;
  return shell({ id, name, label, hint }, control);
};

export const selectField = ({ form, name, label, hint = "", value, options }) => {
  const id = `${form}-${name}`;
  const control = html`<select id="${id}" name="${name}" aria-describedby="${describedBy(id, hint)}">
    ${options.map(([key, text]) => html`<option value="${key}"${attributes({ selected: key === value })}>${text}</option>`)}
  </select>`;
  return shell({ id, name, label, hint }, control);
};

export const textField = ({ form, name, label, hint = "", value = "", ...more }) => {
  const id = `${form}-${name}`;
  // The HTML parser drops a line break right after the opening tag; everything else is kept.
  const control = html`<textarea id="${id}" name="${name}"
    aria-describedby="${describedBy(id, hint)}"${attributes(more)}>
${value}</textarea>`;
  return shell({ id, name, label, hint }, control);
};

export const passwordField = ({ form, name, label, hint = "", autocomplete }) => {
  const id = `${form}-${name}`;
  const control = html`<div class="with-button">
    <input id="${id}" name="${name}" type="password" autocomplete="${autocomplete}" required
      autocapitalize="none" spellcheck="false" data-secret="true" aria-describedby="${describedBy(id, hint)}">
    <button type="button" class="button quiet" data-reveal="${id}" aria-pressed="false"
      >Show<span class="unseen"> ${label.toLowerCase()}</span></button>
  </div>`;
  return shell({ id, name, label, hint }, control);
};

export const formMessage = html`<div class="form-message" role="alert"></div>`;

/** @returns {any} What was typed, by name. */
export const values = (form) => Object.fromEntries(new FormData(form));

export const setMessage = (form, text, kind = "failure") => {
  const target = form.querySelector(".form-message");
  target.className = `form-message ${text ? kind : ""}`;
  target.textContent = text;
};

const setFieldError = (input, text) => {
  document.getElementById(`${input.id}-error`).textContent = text;
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
};

const inputs = (form) => [...form.querySelectorAll(".field :is(input, select, textarea)")];

const clearErrors = (form) => {
  inputs(form).forEach((input) => setFieldError(input, ""));
  setMessage(form, "");
};

// Takes `{field name: message}`; messages without a field go above the buttons.
export const showErrors = (form, errors) => {
  const wrong = inputs(form).filter((input) => errors[input.name]);
  wrong.forEach((input) => setFieldError(input, errors[input.name]));
  const rest = Object.entries(errors).filter(([name]) => !wrong.some((input) => input.name === name));
  if (rest.length) setMessage(form, rest.map(([, text]) => text).join(" "));
  wrong[0]?.focus();
  return wrong.length + rest.length > 0;
};

export const missing = (form) => {
  const empty = inputs(form).filter((input) => input.required && !input.value.trim());
  return Object.fromEntries(empty.map((input) => {
    const label = input.labels[0].textContent.trim();
    return [input.name, `${label} is required.`];
  }));
};

export const fieldErrors = (problem) =>
  Object.fromEntries(problem.errors.map(({ pointer, detail }) => [pointer.split("/")[1] ?? "", detail]));

const wait = (button, waiting) => {
  if (!button) return;
  // Not `disabled`: the button would lose the focus.
  button.setAttribute("aria-disabled", String(waiting));
  button.classList.toggle("waiting", waiting);
};

const toggleReveal = (form, button) => {
  const input = document.getElementById(button.dataset.reveal);
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
};

const prepare = (form, signal) => {
  form.noValidate = true;
  form.addEventListener("input", ({ target }) => {
    if (target.getAttribute("aria-invalid")) setFieldError(target, "");
  }, { signal });
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-reveal]");
    if (button) toggleReveal(form, button);
  }, { signal });
};

// Runs `work` with the typed values once all required ones are filled in; one submission at a time.
/**
 * @param {any} form
 * @param {(given: any) => any} work
 * @param {{signal?: AbortSignal, check?: (given: any) => object}} [how]
 */
export const onSubmit = (form, work, { signal, check = () => ({}) } = {}) => {
  let running = false;
  prepare(form, signal);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (running) return;
    clearErrors(form);
    const given = values(form);
    if (showErrors(form, { ...check(given), ...missing(form) })) return;
    running = true;
    wait(event.submitter, true);
    try {
      await work(given);
    } finally {
      running = false;
      wait(event.submitter, false);
    }
  }, { signal });
};
