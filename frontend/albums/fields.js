// The five fields of an album: labels, order, and the checks that don't need the API.

// As in the album's schema, which a test compares.
export const YEARS = { from: 1860, to: 2100 };
export const LAST_RANK = 1000000;

export const FIELDS = [
  { name: "rank", label: "Rank", numeric: true, hint: "Its place in the list; 1 is the top." },
  { name: "title", label: "Title" },
  { name: "artist", label: "Artist" },
  { name: "year", label: "Year", numeric: true, hint: `From ${YEARS.from}.` },
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

const isWithin = (number, from, to) => Number.isInteger(number) && number >= from && number <= to;

const rankProblem = (rank) => (isWithin(rank, 1, LAST_RANK) ? null : "Rank is a whole number from 1 up.");

const yearProblem = (year) => (isWithin(year, YEARS.from, YEARS.to)
  ? null
  : `Year is a number from ${YEARS.from} to ${YEARS.to}, like 1959.`);

const plain = (text) => text.trim().toLowerCase();

// The genre that somebody means: a known one, however it is typed, or the first that begins so.
/** @param {string} typed @param {string[]} genres */
export const genreMeant = (typed, genres, { begun = false } = {}) => {
  const wanted = plain(typed);
  const known = genres.find((genre) => plain(genre) === wanted);
  return known ?? (begun && wanted ? genres.find((genre) => plain(genre).startsWith(wanted)) : null) ?? typed.trim();
};

export const problemsOf = (typed) => {
  const album = parsed(typed);
  const problems = { rank: rankProblem(album.rank), year: yearProblem(album.year) };
  return Object.fromEntries(Object.entries(problems).filter(([, text]) => text));
};
