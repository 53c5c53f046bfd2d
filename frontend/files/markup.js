// Reads and writes S3's XML.

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

export const read = (text) => {
  const { documentElement } = new DOMParser().parseFromString(text, "text/xml");
  return documentElement.getElementsByTagName("parsererror").length ? null : documentElement;
};

export const elements = (node, name) => [...(node?.children ?? [])].filter((child) => child.localName === name);

export const textOf = (node, name) => elements(node, name)[0]?.textContent ?? "";

const fill = (target, content) => {
  if (typeof content === "string") {
    target.textContent = content;
    return;
  }
  for (const [name, inner] of content) {
    const child = target.ownerDocument.createElementNS(NAMESPACE, name);
    fill(child, inner);
    target.append(child);
  }
};

// `content` is a text, or a list of `[name, content]` pairs.
export const write = (name, content) => {
  const made = document.implementation.createDocument(NAMESPACE, name);
  fill(made.documentElement, content);
  return new XMLSerializer().serializeToString(made);
};
