// What each feature declares in its folder: written by `python -m cloud generate`.

import * as account from "./account/feature.js";
import * as albums from "./albums/feature.js";
import * as articles from "./articles/feature.js";
import * as chat from "./chat/feature.js";
import * as files from "./files/feature.js";
import * as home from "./home/feature.js";
import * as notices from "./notices/feature.js";
import * as search from "./search/feature.js";
import * as speech from "./speech/feature.js";
import * as subscribers from "./subscribers/feature.js";
import * as today from "./today/feature.js";
import * as todos from "./todos/feature.js";
import * as wall from "./wall/feature.js";

/** @type {{routes: any[], commands?: any[], start?: (features: any[]) => void, today?: () => Promise<any>}[]} */
export const features = [account, albums, articles, chat, files, home, notices, search, speech, subscribers, today, todos, wall];
