// An article's editable fields, converted between the form, the API and the comparison of two versions.

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

// For the browser's date field, which has no time zone.
const local = (at) => {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
};

// All as text, so that two versions can be compared field by field.
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

// An unchanged time goes back as it came: the form drops the seconds.
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
