// The page's title, preceded by the unread count.

const COUNTED = /^\(\d+\+?\) /;

export const showInTitle = (unread) => {
  const plain = document.title.replace(COUNTED, "");
  const title = unread ? `(${unread}) ${plain}` : plain;
  if (document.title !== title) document.title = title;
};
