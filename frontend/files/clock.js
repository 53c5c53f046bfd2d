// The time as S3 has it: a machine's own clock may be wrong, and signatures then are too.

let ahead = 0;

export const now = () => Date.now() + ahead;

export const correct = (time) => {
  const at = Date.parse(time);
  if (!Number.isNaN(at)) ahead = at - Date.now();
};
