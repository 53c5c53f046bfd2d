"""Counts each route's calls to AWS and items, with a small catalogue and a large one."""

import argparse
import io
import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, cast
from uuid import uuid4

from moto.server import ThreadedMotoServer

import app  # noqa: F401  first, for what is done in the order of its imports
from chalicelib.account.api import people
from chalicelib.albums.catalogue import Album, Catalogue, found
from chalicelib.chat import api as chat_api
from chalicelib.core import aws, directory
from chalicelib.core.index import entries_of, place_of
from chalicelib.core.items import plain, typed
from chalicelib.core.notices import MENTION, News
from chalicelib.core.person import Person
from chalicelib.core.signed import operation_of
from chalicelib.core.tables import Database
from chalicelib.core.things import SIGNED_IN
from chalicelib.notices import api as notices_api
from chalicelib.speech import api as speech_api
from chalicelib.subscribers import api as subscriber_api
from chalicelib.subscribers.subscribers import farewell_of, id_of
from chalicelib.todos import api as todos_api
from chalicelib.wall import api as posts_api
from cloud import rights
from cloud.template import TABLES
from tests.support import ordinary
from tests.support.events import Api, claims
from tests.support.tables import Tables
from tests.support.template import tables_in_the_environment, template

COUNTED = (*aws.SIGNED, "cognito-identity", "s3")
SIZES = (100, 5_000)
ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs/COSTS.md"
# Signed in so late that signing out everywhere ends nothing.
PERSON = claims("cleo", "authors,curators", auth_time="9999999999")
# Services that routes only name but don't call.
_NAMES = {
    "SiteAddress": "https://example.com",
    "UploadsBucket": "uploads",
    "PhotosBucket": "photos",
    "MailSender": "noreply@example.com",
}
_PLACE = {"Stage": "calls", "AccountId": "123456789012", "Partition": "aws", "Region": "eu-central-1"}
FIRST, LAST = "<!-- calls -->", "<!-- /calls -->"


class Unfit(Exception):
    """A route failed: its cost would be meaningless."""


@dataclass
class Call:
    """One call to AWS; a refused one has read and written nothing."""

    operation: str
    read: int = 0
    written: int = 0


class Recorder:
    """An AWS client that records each call. Serialized: moto is not thread-safe."""

    def __init__(self, client: Any, calls: list[Call], turn: Lock) -> None:
        self._client, self._calls, self._turn = client, calls, turn

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("generate_"):  # signs locally, without a request
            signing: Callable[..., Any] = getattr(self._client, name)
            return signing

        def noted(**parameters: Any) -> Any:
            with self._turn:
                call = Call(operation_of(name))
                self._calls.append(call)
                answer = getattr(self._client, name)(**parameters)
                call.read = items_read(call.operation, parameters, answer)
                call.written = items_written(call.operation, parameters)
                return answer

        return noted


def items_read(operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> int:
    """For a Query what it examined, not only what it returned; for a Get each key, found or not: as AWS counts."""
    match operation:
        case "GetItem":
            return 1
        case "BatchGetItem":
            return sum(len(table["Keys"]) for table in asked["RequestItems"].values())
        case "TransactGetItems":
            return len(asked["TransactItems"])
    return int(answer.get("ScannedCount", 0))


def items_written(operation: str, asked: dict[str, Any]) -> int:
    match operation:
        case "PutItem" | "UpdateItem" | "DeleteItem":
            return 1
        case "BatchWriteItem":
            return sum(map(len, asked["RequestItems"].values()))
        case "TransactWriteItems":
            return sum("ConditionCheck" not in write for write in asked["TransactItems"])
    return 0


@dataclass(frozen=True)
class Cost:
    """What one request cost; its calls by name."""

    route: str
    situation: str
    calls: dict[str, int]
    read: int
    written: int

    @property
    def cells(self) -> list[str]:
        calls = ", ".join(f"{count} × {operation}" for operation, count in self.calls.items())
        return [calls or "none", f"{self.read:,}", f"{self.written:,}"]


@dataclass
class Visit:
    """A signed-in curator and author who makes one request after the other."""

    calls: list[Call]
    costs: list[Cost] = field(default_factory=list)

    def note(self, route: str, situation: str, **given: Any) -> Any:
        """Make a request and record its cost."""
        directory.forget()
        self.calls.clear()
        answer = self.ask(route, **given)
        counted = Counter(call.operation for call in self.calls)
        read, written = sum(call.read for call in self.calls), sum(call.written for call in self.calls)
        self.costs.append(Cost(route, situation, dict(sorted(counted.items())), read, written))
        return answer

    def ask(self, route: str, id: str = "", message_id: str = "", slug: str = "", **given: Any) -> Any:
        method, path = route.format(id=id, message_id=message_id, slug=slug).split()
        with redirect_stdout(io.StringIO()) as logged:
            answer = Api().call(method, path, who=PERSON, **given)
        if answer.status >= 400:
            raise Unfit(f"{route} answered {answer.status} {answer.text}\n{logged.getvalue()}")
        return answer.body


def album(rank: int) -> Album:
    """Every second one is a `home`, every hundredth is about `midnight`."""
    place = "Home" if rank % 2 == 0 else "Away"
    about = " at Midnight" if rank % 100 == 50 else ""
    return {
        "rank": rank,
        "title": f"The Long Way {place}{about}, Volume {rank}",
        "artist": f"Ålesund Quartet & Friends {rank % 7}",
        "year": 1960 + rank % 50,
        "genre": ("Rock", "Jazz", "Folk", "Soul", "Blues", "Indie", "Country", "Afrobeat")[rank % 8],
    }


def every_route(visit: Visit, size: int) -> None:
    about_itself(visit)
    lists(visit, size)
    one_album(visit, size + 1)
    files(visit, size + 101)
    account(visit)
    wall(visit)
    chat(visit)
    notices(visit)
    todos(visit)
    export(visit)
    speech(visit)
    blog(visit)
    photos(visit)
    subscribers(visit)
    today(visit)
    ordinary_ones(visit)
    farewell(visit)


def ordinary_ones(visit: Visit) -> None:
    """Routes of features that need no word here: what they are sent is in their schemas' examples."""
    noted = {cost.route for cost in visit.costs}
    for one in ordinary.in_collections():
        if (route := f"{one.method} {one.path}") not in noted:
            id = ordinary.new_id(one, lambda path, body: visit.ask(f"POST {path}", json=body))
            visit.note(route, "", id=id, headers=ordinary.headers(one), **ordinary.options(one))


def about_itself(visit: Visit) -> None:
    visit.note("GET /health", "")
    visit.note("GET /openapi.json", "")


def lists(visit: Visit, size: int) -> None:
    visit.note("GET /albums", "a page, the first")
    visit.note("GET /albums", "a page, in the middle", query={"after": middle(visit, size)})
    visit.note("GET /albums", "a page of a genre", query={"genre": "Jazz"})
    visit.note("GET /albums", "a page of a year", query={"year": "1980"})
    visit.note("GET /albums", "a genre in a year", query={"year": "1980", "genre": "Blues"})
    visit.note("GET /albums", "search for a word that every second album has", query={"q": "home"})
    visit.note("GET /albums", "search for a word that every hundredth album has", query={"q": "midnight"})
    visit.note("GET /albums", "search for a word that no album has", query={"q": "zanzibar"})


def middle(visit: Visit, size: int) -> str:
    """The cursor there, with more than a page to come, as paging through the list gives it."""
    limit = min(100, size * 2 // 5)
    page = visit.ask("GET /albums", query={"limit": str(limit)})
    for _ in range(size * 2 // 5 // limit - 1):
        page = visit.ask("GET /albums", query={"limit": str(limit), "after": page["next"]})
    return str(page["next"])


def one_album(visit: Visit, rank: int) -> None:
    new = album(rank)
    visit.note("GET /albums/next-rank", "")
    id = visit.note("POST /albums", "", json=new)["id"]
    visit.note("GET /albums/{id}", "", id=id)
    visit.note("PUT /albums/{id}", "same rank, same title", id=id, version=1, json={**new, "year": 1999})
    visit.note("PUT /albums/{id}", "another rank", id=id, version=2, json={**new, "rank": rank + 1})
    visit.note("DELETE /albums/{id}", "", id=id, version=3)


def files(visit: Visit, rank: int) -> None:
    rows = [album(rank + n) for n in range(10)]
    visit.note("GET /albums/export", "")
    visit.note("POST /albums/import", "10 new rows, dry run", json=rows, query={"dry_run": "true"})
    visit.note("POST /albums/import", "10 new rows", json=rows)
    visit.note("POST /albums/import", "10 existing rows, dry run", json=rows, query={"dry_run": "true"})
    visit.note("POST /albums/import", "10 existing rows", json=rows)


def account(visit: Visit) -> None:
    visit.note("GET /me", "the first time")
    visit.note("GET /me", "later")
    visit.note("PUT /me", "", json={"name": "Ada L."})
    visit.note("GET /people", "", query={"email": PERSON["email"]})


def wall(visit: Visit) -> None:
    visit.note("POST /live/tickets", "")
    posts = [posts_api.wall().add(PERSON["sub"], "Hello", f"c{n}") for n in range(10)]
    visit.note("GET /posts", "10 posts of one person")
    visit.note("GET /posts", "none since", query={"since": max(post["id"] for post in posts)})
    for post in posts[1:]:
        visit.ask("DELETE /posts/{id}", id=post["id"])
    visit.note("DELETE /posts/{id}", "", id=posts[0]["id"])


def chat(visit: Visit) -> None:
    others = ["ada", "bob"]
    for other in others:
        people().welcome(Person(other, f"{other}@example.com", other.title()))
    talk = visit.note("POST /conversations", "with one other", json={"members": others[:1]})["id"]
    visit.note("POST /conversations/{id}/members", "", id=talk, json={"id": others[1]})
    visit.note("PATCH /conversations/{id}", "", id=talk, json={"title": "Plans"})
    message = {"text": "Hello", "clientId": "c1"}
    visit.note("POST /conversations/{id}/messages", "a new one", id=talk, json=message)
    visit.note("POST /conversations/{id}/messages", "a repeated one", id=talk, json=message)
    first = visit.ask("GET /conversations/{id}/messages", id=talk)["items"][0]["id"]
    one = {"id": talk, "message_id": first}
    visit.note("PATCH /conversations/{id}/messages/{message_id}", "", **one, json={"text": "Goodbye"})
    visit.note("GET /conversations", "one conversation of three people")
    visit.note("GET /conversations/{id}", "of three people", id=talk)
    visit.note("GET /conversations/{id}/messages", "one message", id=talk)
    visit.note("GET /conversations/{id}/messages", "none since", id=talk, query={"since": first})
    visit.note("PUT /conversations/{id}/read", "further than before", id=talk, json={"messageId": first})
    visit.note("PUT /conversations/{id}/read", "no further", id=talk, json={"messageId": first})
    visit.note("DELETE /conversations/{id}/messages/{message_id}", "", **one)
    search(visit)
    visit.note("DELETE /conversations/{id}", "", id=talk)


def search(visit: Visit) -> None:
    """With one conversation. Half of the catalogue has the first word, a hundredth the second."""
    visit.note("GET /search", "a word that every second album has", query={"q": "home"})
    visit.note("GET /search", "two words", query={"q": "home midnight"})
    visit.note("GET /search", "a word that nothing has", query={"q": "zanzibar"})
    visit.note("GET /search", "of one kind", query={"q": "home", "kind": "album"})


def notices(visit: Visit) -> None:
    for number in range(10):
        told = News(MENTION, f"post {number}", "mentioned you on the wall.", "/wall", "ada")
        notices_api.notices().tell(PERSON["sub"], told)
    newest = visit.note("GET /notices", "10 about one person")["items"][0]["id"]
    visit.note("PUT /notices/read", "further than before", json={"id": newest})
    visit.note("PUT /notices/read", "no further", json={"id": newest})
    visit.note("PUT /me/notices", "", json={"kinds": [{"kind": "mention", "wanted": True}]})
    visit.note("GET /me/notices", "")


def export(visit: Visit) -> None:
    visit.note("POST /me/export", "")
    visit.note("GET /me/export", "being made")


def todos(visit: Visit) -> None:
    first = visit.note("POST /todos", "", json={"title": "Milk"})["id"]
    visit.note("POST /todos", "with a client id", json={"title": "Bread", "clientId": "c1"})
    visit.note("POST /todos", "a repeated one", json={"title": "Bread", "clientId": "c1"})
    visit.note("GET /todos", "two to-dos")
    revision = todos_api.todos(PERSON["sub"]).revision()
    visit.note("GET /todos", "a list that the browser already has", headers={"If-None-Match": f'"{revision}"'})
    visit.note("GET /todos/{id}", "", id=first)
    visit.note("PATCH /todos/{id}", "", id=first, json={"completed": True})
    visit.note("DELETE /todos/{id}", "", id=first)
    visit.note("DELETE /todos", "the only one left")
    visit.note("GET /folder", "the first time")
    visit.note("GET /folder", "later")


def speech(visit: Visit) -> None:
    text = {"text": "Hello", "voice": "Lucia", "clientId": "c1"}
    visit.note("GET /speech/voices", "")
    visit.note("GET /speech/allowance", "")
    one = visit.note("POST /speech", "a new one", json=text)["id"]
    visit.note("POST /speech", "a repeated one", json=text)
    visit.note("GET /speech", "one short text")
    visit.note("GET /speech/{id}", "", id=one)
    leases = speech_api.leases()
    leases.fail(leases.take(speech_api.jobs().get(PERSON["sub"], one)), "No.")
    speech_api.jobs().make_room(PERSON["sub"], one)
    visit.note("POST /speech/{id}/retry", "", id=one)
    visit.note("DELETE /speech/{id}", "", id=one)


def blog(visit: Visit) -> None:
    draft = {"title": "Hello", "body": "Hello *you*", "tags": ["cats", "dogs"], "status": "draft"}
    published = {**draft, "status": "published"}
    visit.note("POST /blog/articles", "a draft", json=draft)
    visit.note("PUT /blog/articles/{slug}", "published, with two tags", slug="hello", json=published, version=1)
    visit.note("POST /blog/articles", "published, with a taken title", json=published)
    visit.note("POST /blog/preview", "", json={"body": "Hello *you*"})
    visit.note("GET /blog/articles", "two of one person")
    visit.note("GET /blog/articles", "with a tag", query={"tag": "cats"})
    visit.note("GET /blog/articles/{slug}", "", slug="hello")
    visit.note("GET /blog/drafts", "none")
    visit.note("GET /blog/drafts/{slug}", "", slug="hello")
    visit.note("GET /blog/feed", "two articles")
    visit.note("GET /blog/sitemap.xml", "two articles")
    visit.note("GET /blog/read/{slug}", "", slug="hello")
    visit.note("GET /blog/articles/{slug}/audio", "none", slug="hello")
    visit.note("POST /blog/articles/{slug}/audio", "the first time", slug="hello")
    visit.note("POST /blog/articles/{slug}/audio", "later", slug="hello")
    visit.note("GET /blog/articles/{slug}/audio", "on its way", slug="hello")
    comment = {"text": "Hello", "clientId": "c1"}
    said = visit.note("POST /blog/articles/{slug}/comments", "", slug="hello", json=comment)
    visit.note("GET /blog/articles/{slug}/comments", "one", slug="hello")
    visit.note("DELETE /blog/articles/{slug}/comments/{id}", "", slug="hello", id=said["id"])
    visit.note("DELETE /blog/articles/{slug}", "with two tags", slug="hello")
    visit.ask("DELETE /blog/articles/{slug}", slug="hello-2")


def photos(visit: Visit) -> None:
    file = {"name": "cat.jpg", "type": "image/jpeg", "size": 1000}
    id = visit.note("POST /blog/photos", "", json=file)["id"]
    visit.note("GET /blog/photos/{id}", "", id=id)
    visit.note("PATCH /blog/photos/{id}", "", id=id, json={"alt": "A cat"})
    visit.note("POST /blog/photos/{id}/retry", "", id=id)
    visit.note("DELETE /blog/photos/{id}", "", id=id)


def subscribers(visit: Visit) -> None:
    desk, body = subscriber_api.subscribers(), {"email": "ada@example.com"}
    visit.note("POST /blog/subscribers", "a new address", json=body)
    _grant_wishes()
    visit.note("POST /blog/subscribers", "one asked today already", json=body)
    _grant_wishes()
    id = id_of(body["email"])
    _, token = desk.to_question(id, desk.row(id)["round"]) or ("", "")
    visit.note("POST /blog/subscribers/confirm", "", json={"token": token})
    visit.note("POST /blog/subscribers", "a confirmed one", json=body)
    leaving = {"token": farewell_of(desk.row(id))}
    visit.note("POST /blog/subscribers/unsubscribe", "", json=leaving)
    visit.note("POST /blog/subscribers/unsubscribe", "once more", json=leaving)


def today(visit: Visit) -> None:
    """With one thing in each part."""
    talk = visit.ask("POST /conversations", json={"members": ["ada"]})["id"]
    conversations = chat_api.conversations()
    message = chat_api.messages().send(conversations.place(talk, "ada"), "Hello", "c9")[0]
    conversations.touch(talk, [PERSON["sub"]], message["at"])
    posts_api.wall().add("ada", "Hello", "c9")
    visit.ask("POST /todos", json={"title": "Milk", "due": "2026-12-24"})
    visit.ask("POST /blog/articles", json={"title": "Today", "body": "Hello", "status": "published"})
    visit.ask("POST /blog/articles", json={"title": "Tomorrow", "body": "Hello", "status": "draft"})
    id = visit.ask("POST /speech", json={"text": "Hello", "voice": "Lucia"})["id"]
    leases = speech_api.leases()
    leases.finish(leases.take(speech_api.jobs().get(PERSON["sub"], id)), 1.5)
    visit.note("GET /today", "one thing in each part", query={"day": "2026-12-24"})
    visit.note("PUT /speech/{id}/heard", "the first time", id=id)
    visit.note("PUT /speech/{id}/heard", "later", id=id)


def _grant_wishes() -> None:
    """As the table's stream does."""
    desk = subscriber_api.subscribers()
    for row in map(plain, Tables(desk.database).items(desk.table)):
        if "wants" in row:
            desk.grant(row)


def farewell(visit: Visit) -> None:
    visit.note("DELETE /me/sessions", "")
    visit.note("DELETE /me", "")


def measure(size: int, tour: Callable[[Visit, int], None] = every_route) -> list[Cost]:
    """The costs of a tour in a separate stage with that many albums."""
    visit = Visit([])
    walk(visit, size, tour)
    return visit.costs


def walk(visit: Visit, size: int, tour: Callable[[Visit, int], None]) -> None:
    with cloud() as address, environment(address), stage() as names:
        os.environ.update(settings(names))
        fill(names["AlbumsTable"], names["SearchTable"], size)
        record(visit.calls)
        tour(visit, size)
        if unseen := aws._clients.keys() - {*COUNTED}:
            raise Unfit(f"Calls to {', '.join(sorted(unseen))} were made but not counted.")


@contextmanager
def cloud() -> Iterator[str]:
    """The address of a cloud in this process."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # otherwise it logs each request
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def environment(address: str) -> Iterator[None]:
    """Hides this shell's AWS settings: no request leaves the machine."""
    kept = dict(os.environ)
    for name in kept:
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ |= {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_ENDPOINT_URL": address,
    }
    aws.forget()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
        aws.forget()


@contextmanager
def stage() -> Iterator[dict[str, str]]:
    """The template's tables and a pool with the person: their names."""
    tables, cognito = Tables(aws.client("dynamodb")), aws.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="calls")["UserPool"]["Id"]
    cognito.admin_create_user(UserPoolId=pool, Username=PERSON["sub"])
    identities = aws.client("cognito-identity")
    identity_pool = identities.create_identity_pool(IdentityPoolName="calls", AllowUnauthenticatedIdentities=False)
    bucket = f"calls-{uuid4()}"  # a test may have its own
    place = {"LocationConstraint": os.environ["AWS_DEFAULT_REGION"]}
    aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    resources = template()["Resources"].items()
    try:
        made = {id: tables.new(id) for id, each in resources if each["Type"] in TABLES}
        yield {
            "UserPoolId": pool,
            "IdentityPoolId": identity_pool["IdentityPoolId"],
            "FilesBucket": bucket,
            "SpeechBucket": bucket,
            **made,
            **_NAMES,
        }
    finally:
        tables.drop()
        cognito.delete_user_pool(UserPoolId=pool)
        identities.delete_identity_pool(IdentityPoolId=identity_pool["IdentityPoolId"])
        aws.client("s3").delete_bucket(Bucket=bucket)


def settings(names: dict[str, str]) -> dict[str, str]:
    """The functions' environment, as far as this stage has what it names."""
    defaults = {name: str(one.get("Default", "")) for name, one in template()["Parameters"].items()}
    known = {**defaults, **_PLACE, **names}
    variables = {name: value for name, value in rights.declared()["variables"].items() if value.strip("{}") in known}
    others = {variable: names[table] for variable, table in tables_in_the_environment().items()}
    others |= {
        f"{name.removesuffix('Bucket').upper()}_BUCKET": names[name] for name in names if name.endswith("Bucket")
    }
    return {**rights.environment(variables, known), **others}


def fill(albums: str, search: str, size: int) -> None:
    """Store what the catalogue would, many items at a time; and what an index has of the words that are looked for."""
    gathered = Gathered()
    catalogue = Catalogue(cast(Database, gathered), albums)
    for rank in range(1, size + 1):
        catalogue.add(album(rank), None)
    put_all(albums, gathered.items)
    things = filter(None, (found(plain(item)) for item in gathered.items))
    entries = [entry for thing in things for entry in entries_of("album", place_of("album", SIGNED_IN), thing)]
    put_all(search, [typed(entry) for entry in entries if entry["word"].startswith(("home", "midnight"))])


def put_all(table: str, items: list[dict[str, Any]]) -> None:
    for start in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        aws.client("dynamodb").batch_write_item(RequestItems={table: puts})


class Gathered:
    """Collects the items of transactions in place of a database."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def transact_write_items(self, **parameters: Any) -> None:
        self.items += [write["Put"]["Item"] for write in parameters["TransactItems"]]


def record(calls: list[Call]) -> None:
    """Until `aws.forget`, every client that the application gets is a recorder."""
    turn = Lock()
    for service in COUNTED:
        aws._clients[service] = Recorder(aws.client(service), calls, turn)


def rendered(measured: dict[int, list[Cost]]) -> str:
    """Markdown: a row per request, with its costs at each size side by side."""
    head = ["Route", "Situation"]
    for size in measured:
        head += [f"{size:,} albums: calls", "read", "written"]
    lines = [head, ["---", "---", *["---", "---:", "---:"] * len(measured)]]
    for costs in zip(*measured.values(), strict=True):
        lines.append([f"`{costs[0].route}`", costs[0].situation, *(cell for cost in costs for cell in cost.cells)])
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"{table}\n\n{growing(measured)}"


def growing(measured: dict[int, list[Cost]]) -> str:
    """The rows with more calls for a larger catalogue."""
    together = list(zip(*measured.values(), strict=True))
    grown = [costs[0] for costs in together if any(cost.calls != costs[0].calls for cost in costs)]
    same = f"{len(together) - len(grown)} of {len(together)} rows make the same calls at each size."
    named = [f"- `{cost.route}`" + (f", {cost.situation}" if cost.situation else "") for cost in grown]
    return "\n".join([f"{same} These do not:\n", *named]) if named else same


def documented(document: Path = DOCUMENT) -> str:
    """What the document has between the markers."""
    return document.read_text("utf-8").partition(FIRST)[2].partition(LAST)[0].strip()


def write(text: str, document: Path = DOCUMENT) -> None:
    before, _, rest = document.read_text("utf-8").partition(FIRST)
    after = rest.partition(LAST)[2]
    document.write_text(f"{before}{FIRST}\n{text}\n{LAST}{after}", "utf-8")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks calls", description=__doc__)
    parser.add_argument("--write", action="store_true", help="also write the table to docs/COSTS.md")
    given = parser.parse_args(arguments)
    measured = {}
    try:
        for size in SIZES:
            print(f"Measuring with {size:,} albums", file=sys.stderr, flush=True)
            measured[size] = measure(size)
    except Unfit as unfit:
        print(f"Stopped: {unfit}", file=sys.stderr)
        return 1
    text = rendered(measured)
    print(text)
    if given.write:
        write(text)
    return 0
