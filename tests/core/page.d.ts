// What the types of the DOM can't know: which element a selector finds is said by the page's own markup, not by a type.

interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): any;
}

interface Element {
  closest(selectors: string): any;
}

interface NonElementParentNode {
  getElementById(id: string): any;
}

interface Document {
  getElementById(id: string): any;
}
