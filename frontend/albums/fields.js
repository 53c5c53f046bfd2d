// The five fields of an album: labels, order, and the checks that don't need the API.

const THIS_YEAR = new Date().getFullYear();

export const FIELDS = [
  { name: "rank", label: "Rank", numeric: true, hint: "Its place in the list; 1 is the top." },
  { name: "title", label: "Title" },
  { name: "artist", label: "Artist" },
  { name: "year", label: "Year", numeric: true, hint: "Four digits." },
  { name: "genre", label: "Genre" },
];

export const COMMON_GENRES = [
  "Blues", "Classical", "Country", "Electronic", "Folk", "Funk / Soul", "Hip Hop", "Jazz", "Latin", "Pop", "Reggae",
  "Rock", "Stage & Screen",
];

export const fieldsOf = (album) => Object.fromEntries(FIELDS.map(({ name }) => [name, album[name]]));

// Converts numbers and trims text; what is not a number stays as typed, so that the check refuses it.
export const parsed = (typed) =>
  Object.fromEntries(FIELDS.map(({ name, numeric }) => {
    const text = String(typed[name] ?? "").trim();
    return [name, numeric && /^\d+$/.test(text) ? Number(text) : text];
  }));

export const isSame = (one, other) => FIELDS.every(({ name }) => one[name] === other[name]);

const rankProblem = (rank) => (Number.isInteger(rank) && rank >= 1 ? null : "Rank is a whole number from 1 up.");

const yearProblem = (year) =>
  Number.isInteger(year) && year >= 1000 && year <= THIS_YEAR + 1 ? null : "Year is four digits, like 1959.";

export const problemsOf = (typed) => {
  const album = parsed(typed);
  const problems = { rank: rankProblem(album.rank), year: yearProblem(album.year) };
  return Object.fromEntries(Object.entries(problems).filter(([, text]) => text));
};
