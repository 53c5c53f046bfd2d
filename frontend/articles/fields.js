// What an author gives of an article, between the form, the API and the person who compares two versions.

const FORM_NAMES = ["title", "body", "tags", "publishAt"];

export const COMPARED = [
  { name: "title", label: "Title" },
  { name: "body", label: "Text" },
  { name: "tags", label: "Tags" },
  { name: "photo", label: "Photo" },
  { name: "publishAt", label: "Appears at" },
];

const split = (text) => [...new Set(text.split(",").map((tag) => tag.trim().toLowerCase()).filter(Boolean))];

const two = (number) => String(number).padStart(2, "0");

// For the browser's own field, which knows no time zones.
const local = (at) => {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
};

// As text all of it, so that two of them can be compared field by field.
export const fieldsOf = (article) => ({
  title: article?.title ?? "",
  body: article?.body ?? "",
  tags: (article?.tags ?? []).join(", "),
  photo: article?.photo ?? "",
  publishAt: article?.publishAt ? local(article.publishAt) : "",
});

/** @returns {any} */
export const read = (form, photo) => ({
  ...Object.fromEntries(FORM_NAMES.map((name) => [name, form.elements[name].value])),
  photo,
});

export const isSame = (one, other) => COMPARED.every(({ name }) => one[name] === other[name]);

// A time that was not touched goes back as it came: the form knows no seconds.
const moment = (fields, base) => {
  if (fields.publishAt === fieldsOf(base).publishAt) return base?.publishAt ?? null;
  return fields.publishAt ? new Date(fields.publishAt).toISOString() : null;
};

export const bodyOf = (fields, base, status) => ({
  title: fields.title.trim(),
  body: fields.body,
  tags: split(fields.tags),
  photo: fields.photo || null,
  status,
  publishAt: moment(fields, base),
});

export const isPublished = (article) => Boolean(article?.publishedAt);

export const isScheduled = (article) => article?.status === "published" && !article.publishedAt;
