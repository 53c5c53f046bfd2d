// What the linter looks for in the browser's code and its tests; how it is written is up to .editorconfig.

import js from "@eslint/js";

const browser = [
  "AbortController", "AbortSignal", "Blob", "BroadcastChannel", "FormData", "Headers", "IntersectionObserver", "Intl",
  "ResizeObserver", "Response", "TextDecoder", "TextEncoder", "URL", "URLSearchParams", "WebSocket", "XMLHttpRequest",
  "DOMParser", "XMLSerializer", "Event", "Notification", "addEventListener", "atob", "btoa", "cancelAnimationFrame", "clearInterval",
  "clearTimeout", "crypto", "document", "fetch", "focus", "getComputedStyle", "history", "innerHeight", "innerWidth",
  "localStorage", "location", "matchMedia", "navigator", "performance", "queueMicrotask", "requestAnimationFrame",
  "scrollBy", "scrollTo", "sessionStorage", "setInterval", "setTimeout",
];

export default [
  { ignores: [".venv/", ".local/", "**/vendor/", "benchmarks/", "laptop/"] },
  js.configs.recommended,
  {
    files: ["frontend/**/*.js", "tests/**/*.js"],
    languageOptions: { globals: Object.fromEntries(browser.map((name) => [name, "readonly"])) },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "arrow-body-style": "error",
      "curly": ["error", "multi-line"],
      "default-case-last": "error",
      "eqeqeq": "error",
      "max-depth": ["error", 3],
      "max-lines-per-function": ["error", 50],
      "no-alert": "error",
      // Unseen characters are what these are about.
      "no-control-regex": "off",
      "no-console": "error",
      "no-eval": "error",
      "no-implicit-coercion": "error",
      "no-param-reassign": "error",
      "no-restricted-syntax": ["error", {
        selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]",
        message: "Only core/html.js makes elements of text.",
      }],
      "no-shadow": "error",
      "no-unneeded-ternary": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true }],
      // A name needs a value before the block that gives it the one that counts.
      "no-useless-assignment": "off",
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
  { files: ["frontend/core/html.js"], rules: { "no-restricted-syntax": "off" } },
];
