// The person's notices, newest first: as read from the API, and as pushed since.

import { listNotices, readNotices } from "../core/api.js";
import { Paged } from "../core/paged.js";
import { isSignedIn, onSession } from "../core/session.js";
import { makeSignal } from "../core/signals.js";
import { follow } from "../live/follow.js";
import * as live from "../live/live.js";

const PAGE = 50;

const changed = makeSignal();
const came = makeSignal();

class Notices extends Paged {
  constructor() {
    super({ list: listNotices, size: PAGE, onChange: changed.tell, onNew: came.tell });
  }

  clear() {
    super.clear();
    this.readUpTo = "";
  }

  isRead({ id, read }) {
    return read || id <= this.readUpTo;
  }

  unread() {
    return this.all().filter((notice) => !this.isRead(notice)).length;
  }

  // Here, or in another tab. A slow answer must not turn it back.
  markRead(id) {
    if (id <= this.readUpTo) return;
    this.readUpTo = id;
    changed.tell();
  }

  // If this fails, they are unread again on the next page.
  async readAll() {
    const newest = this.all().find((notice) => !this.isRead(notice));
    if (!newest) return;
    this.markRead(newest.id);
    await readNotices({ body: { id: newest.id } }).catch(() => null);
  }
}

export const notices = new Notices();

export const onNotices = changed.listen;

// Fires with each notice that is pushed while the page is open.
export const onNotice = came.listen;

export const startNotices = () => {
  live.on("notice", ({ notice }) => notices.receive(notice));
  live.on("notice.deleted", ({ id }) => notices.drop(id));
  live.on("notices.read", ({ id }) => id && notices.markRead(id));
  follow(async () => {
    if (isSignedIn()) await notices.catchUp();
  });
  onSession(() => {
    notices.clear();
    changed.tell();
  });
};
