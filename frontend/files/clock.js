// S3's time: with a wrong local clock, signatures would be wrong too.

let ahead = 0;

export const now = () => Date.now() + ahead;

export const correct = (time) => {
  const at = Date.parse(time);
  if (!Number.isNaN(at)) ahead = at - Date.now();
};
