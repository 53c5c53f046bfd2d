import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const FOLDER = mkdtempSync(`${tmpdir()}/tabs-`);
after(() => rmSync(FOLDER, { recursive: true }));

// What tabs share: the browser's locks and storage, and the user pool, which takes each refresh token once.
class Locks {
  held = new Set();
  queues = new Map();

  request(name, work) {
    const turn = (this.queues.get(name) ?? Promise.resolve()).then(async () => {
      this.held.add(name);
      return Promise.resolve(work()).finally(() => this.held.delete(name));
    });
    this.queues.set(name, turn.catch(() => null));
    return turn;
  }

  query() {
    return { held: [...this.held].map((name) => ({ name })) };
  }
}

let browser = 0;
let good;
let refreshed;

const signedIn = (sub, expiresIn = 3600) => {
  good.add(good.size + 1);
  return { idToken: `.${btoa(JSON.stringify({ sub, email: sub }))}.`, refreshToken: good.size, expiresIn };
};

const answerOf = ({ AuthFlow, AuthParameters }) => {
  if (AuthFlow !== "REFRESH_TOKEN_AUTH") return {};
  refreshed += 1;
  if (!good.delete(AuthParameters.REFRESH_TOKEN)) return { __type: "NotAuthorizedException" };
  good.add(1000 + refreshed);
  const { idToken, expiresIn } = signedIn("ada");
  return { AuthenticationResult: { IdToken: idToken, RefreshToken: 1000 + refreshed, ExpiresIn: expiresIn } };
};

const openAgain = () => {
  Object.defineProperty(globalThis, "navigator", { value: { locks: new Locks() }, configurable: true });
};

globalThis.addEventListener = () => undefined;
globalThis.BroadcastChannel = class extends BroadcastChannel {
  constructor(name) {
    super(`${name} ${browser}`);
    this.unref();
  }
};
globalThis.fetch = async (_, { body } = {}) => {
  await pause(5);
  const answer = body ? answerOf(JSON.parse(body)) : {};
  return Response.json(answer, { status: answer.__type ? 400 : 200 });
};

let count = 0;

// Modules of its own, as in a browser: those of a copied folder are others.
const openTab = async (restored = null) => {
  const folder = `${FOLDER}/${(count += 1)}`;
  cpSync(new URL("../../frontend/core", import.meta.url), folder, { recursive: true });
  const [config, storage, drafts, session] = await Promise.all(["config", "storage", "drafts", "session"]
    .map((name) => import(pathToFileURL(`${folder}/${name}.js`).href)));
  await config.loadConfig();
  if (restored) storage.write("session", restored);
  const heard = [];
  session.onSession(({ reason }) => heard.push(reason ?? "in"));
  await session.join();
  return { ...session, storage, drafts, heard };
};

const until = async (holds) => {
  while (!holds()) await pause(1);
};

beforeEach(() => {
  browser += 1;
  openAgain();
  globalThis.localStorage = Object.create({
    getItem(key) { return this[key] ?? null; },
    setItem(key, text) { this[key] = text; },
    removeItem(key) { delete this[key]; },
  });
  good = new Set();
  refreshed = 0;
});

test("a new tab is given the session by the others, and nothing of it is kept in the browser", async () => {
  const one = await openTab();
  one.start(signedIn("ada"));
  const other = await openTab();
  assert.equal(other.person().id, "ada");
  assert.equal(localStorage.getItem("session") !== null, false);
  openAgain();
  assert.equal((await openTab()).isSignedIn(), false);
});

test("a tab that starts signed in says so, for what was kept for its person to be sent", async () => {
  (await openTab()).start(signedIn("ada"));
  assert.deepEqual((await openTab()).heard, ["in"]);
});

test("a session that is to be kept is there when the browser is opened again", async () => {
  (await openTab()).start(signedIn("ada"), { kept: true });
  openAgain();
  const again = await openTab();
  assert.equal(again.person().id, "ada");
  again.signOut();
  assert.equal(localStorage.getItem("session") !== null, false);
});

for (const kept of [false, true]) {
  test(`of several tabs at once one renews the tokens, for all (kept: ${kept})`, async () => {
    const first = await openTab();
    first.start(signedIn("ada", 0), { kept });
    const tabs = [first, await openTab(), await openTab(), await openTab()];
    const tokens = await Promise.all(tabs.map((tab) => tab.idToken()));
    assert.equal(tokens.filter(Boolean).length, 4);
    assert.equal(refreshed, 1);
    await Promise.all(tabs.map((tab) => tab.renew()));
    assert.equal(refreshed, 2);
    assert.deepEqual(tabs.map((tab) => tab.isSignedIn()), [true, true, true, true]);
  });
}

test("signing out in one tab signs out all, also one that is brought back later", async () => {
  const one = await openTab();
  one.start(signedIn("ada"));
  const other = await openTab();
  const copy = other.storage.read("session");
  await pause(2);
  one.signOut();
  await until(() => other.heard.includes("elsewhere"));
  assert.equal(other.isSignedIn(), false);
  assert.equal((await openTab(copy)).isSignedIn(), false);
});

test("a renewal that is refused ends the session in all tabs", async () => {
  const one = await openTab();
  one.start(signedIn("ada", 0));
  const other = await openTab();
  good.clear();
  await assert.rejects(one.idToken());
  await until(() => other.heard.includes("expired"));
  assert.deepEqual([one.isSignedIn(), other.isSignedIn()], [false, false]);
});

test("whoever signs in next finds nothing of the one before, in any tab", async () => {
  const one = await openTab();
  const other = await openTab();
  one.start(signedIn("ada"));
  await until(() => other.isSignedIn());
  other.drafts.saveDraft("wall", "Hello");
  other.storage.write("return-to", "/chat/7");
  localStorage.setItem("files:uploads:ada", "[]");
  localStorage.setItem("theme", "dark");
  one.start(signedIn("ben"));
  await until(() => other.person().id === "ben");
  assert.deepEqual(other.heard, ["in", "replaced", "in"]);
  assert.deepEqual(other.storage.keys("").toSorted(), ["owner", "session"]);
  assert.deepEqual(Object.keys(localStorage).toSorted(), ["owner", "theme"]);
});
