// The blog's addresses: the list, and each article under its own.

import * as article from "./article.js";
import * as list from "./list.js";

export const show = (given) => (given.path === "/blog" ? list : article).show(given);
