// The title of the page, with the number of what is unread before it.

const COUNTED = /^\(\d+\+?\) /;

export const showInTitle = (unread) => {
  const plain = document.title.replace(COUNTED, "");
  const title = unread ? `(${unread}) ${plain}` : plain;
  if (document.title !== title) document.title = title;
};
