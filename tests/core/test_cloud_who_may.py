"""Who may call what: a walk over every route of the application, so that a new one can't be forgotten."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

import app
from chalicelib.core.routes import Operation, operations
from tests.support import ordinary
from tests.support.cloud import added, an_album, outputs, problem, remove, root
from tests.support.sockets import Socket
from tests.support.stage import PASSWORD, RunningStage, User, until
from tests.support.tokens import bad_tokens, claims_of, signed_by_the_cloud

GUARDED = [operation for operation in operations if not operation.who.is_open]
OPEN = [operation for operation in operations if operation.who.is_open]


@dataclass
class Call:
    """A request that would succeed if it came from the right person."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def send(self, stage: RunningStage, token: str | None) -> requests.Response:
        headers = self.headers if token is None else {**self.headers, "Authorization": token}
        return stage.call(self.method, self.path, headers=headers, **self.options)


def _of_album(method: str, owner: User, **options: Any) -> Call:
    album = added(owner)
    return Call(method, f"/albums/{album['id']}", {"If-Match": '"1"'}, options)


def _of_post(method: str, owner: User) -> Call:
    with Socket(owner) as socket:
        post = socket.post("Mine", secrets.token_hex(6))["post"]
    return Call(method, f"/posts/{post['id']}")


def _of_conversation(method: str, rest: str, owner: User, **options: Any) -> Call:
    """The person's own conversation with nobody else in it, and a message in it."""
    id = owner.post("/conversations", {"members": [owner.id]}).json()["id"]
    said = owner.post(f"/conversations/{id}/messages", _a_message())
    return Call(method, f"/conversations/{id}{rest.format(message=said.json()['id'])}", options=options)


def _a_message() -> dict[str, str]:
    return {"text": "Hello", "clientId": secrets.token_hex(6)}


def _of_todo(method: str, owner: User, **options: Any) -> Call:
    todo = owner.post("/todos", {"title": "Mine"})
    return Call(method, f"/todos/{todo.json()['id']}", options=options)


def _of_export(method: str, owner: User) -> Call:
    """None is being made, and for GET there is one."""
    if method == "GET":
        owner.post("/me/export", None)
    until(lambda: owner.get("/me/export").json().get("status") != "making", 30)
    return Call(method, "/me/export")


def _a_notice(owner: User) -> str:
    """From somebody who starts a conversation with the owner."""
    known = {notice["id"] for notice in owner.get("/notices").json()["items"]}
    owner.stage.demo(1).post("/conversations", {"members": [owner.id], "title": "Another"})

    def new() -> list[str]:
        return [notice["id"] for notice in owner.get("/notices").json()["items"] if notice["id"] not in known]

    return until(new)[0]


def _a_speech() -> dict[str, str]:
    """One that fails at once: there is no translation from Welsh."""
    return {"text": "Bore da", "voice": "Suvi", "source": "cy"}


def _of_speech(method: str, rest: str, owner: User) -> Call:
    """Finished, so that nothing about it changes by itself."""
    id = owner.post("/speech", _a_speech()).json()["id"]
    until(lambda: owner.get(f"/speech/{id}").json()["status"] == "failed", 30)
    return Call(method, f"/speech/{id}{rest}")


def _an_article() -> dict[str, Any]:
    return {"title": f"Title {secrets.token_hex(6)}", "body": "Text", "status": "published"}


def _of_article(method: str, owner: User, place: str = "articles", rest: str = "", **options: Any) -> Call:
    """Any author may do everything to it; there may be no `owner`."""
    slug = owner.stage.demo(0).post("/blog/articles", _an_article()).json()["slug"]
    return Call(method, f"/blog/{place}/{slug}{rest}", {"If-Match": '"1"'}, options)


def _of_comment(owner: User) -> Call:
    id = owner.post(f"{DEMO_ARTICLE}/comments", _a_message()).json()["id"]
    return Call("DELETE", f"{DEMO_ARTICLE}/comments/{id}")


DEMO_ARTICLE = "/blog/articles/letters-that-wait"


def _of_photo(method: str, rest: str, owner: User, **options: Any) -> Call:
    """One not uploaded yet; its author is anyone who may have one."""
    author = owner.stage.demo(0)
    made = author.post("/blog/photos", _a_file())
    assert made.status_code == 201, made.text
    return Call(method, f"/blog/photos/{made.json()['id']}{rest}", options=options)


def _a_file() -> dict[str, Any]:
    return {"name": "cat.jpg", "type": "image/jpeg", "size": 1000}


def _of_subscriber(what: str, owner: User) -> Call:
    """With the token of the newest mail to a new subscriber."""
    stage, email = owner.stage, f"reader-{secrets.token_hex(4)}@example.com"
    stage.call("POST", "/blog/subscribers", json={"email": email})
    until(lambda: stage.mails(email))
    token = _token(stage, email)
    if what == "unsubscribe":
        stage.call("POST", "/blog/subscribers/confirm", json={"token": token})
        until(lambda: len(stage.mails(email)) == 2)
        token = _token(stage, email)
    return Call("POST", f"/blog/subscribers/{what}", options={"json": {"token": token}})


def _token(stage: RunningStage, email: str) -> str:
    text: str = stage.mails(email)[0]["text"]
    return text.partition("token=")[2].split()[0]


# One for each operation: the request of a person who may do it.
CALLS: dict[str, Callable[[User], Call]] = {
    "changeMe": lambda owner: Call("PUT", "/me", options={"json": {"name": "Ada Lindqvist"}}),
    "eraseMe": lambda owner: Call("DELETE", "/me"),
    "findPerson": lambda owner: Call("GET", "/people", options={"params": {"email": owner.email}}),
    "search": lambda owner: Call("GET", "/search", options={"params": {"q": "blue"}}),
    "addAlbum": lambda owner: Call("POST", "/albums", options={"json": an_album()}),
    "getAlbum": lambda owner: _of_album("GET", owner),
    "changeAlbum": lambda owner: _of_album("PUT", owner, json=an_album()),
    "removeAlbum": lambda owner: _of_album("DELETE", owner),
    "createTicket": lambda owner: Call("POST", "/live/tickets"),
    "removePost": lambda owner: _of_post("DELETE", owner),
    "startConversation": lambda owner: Call("POST", "/conversations", options={"json": {"members": [owner.id]}}),
    "getConversation": lambda owner: _of_conversation("GET", "", owner),
    "renameConversation": lambda owner: _of_conversation("PATCH", "", owner, json={"title": "Cats"}),
    "leaveConversation": lambda owner: _of_conversation("DELETE", "", owner),
    "addMember": lambda owner: _of_conversation("POST", "/members", owner, json={"id": owner.stage.demo(1).id}),
    "listMessages": lambda owner: _of_conversation("GET", "/messages", owner),
    "sendMessage": lambda owner: _of_conversation("POST", "/messages", owner, json=_a_message()),
    "editMessage": lambda owner: _of_conversation("PATCH", "/messages/{message}", owner, json={"text": "Goodbye"}),
    "deleteMessage": lambda owner: _of_conversation("DELETE", "/messages/{message}", owner),
    "markRead": lambda owner: _of_conversation("PUT", "/read", owner, json={"messageId": "000000000001"}),
    "addTodo": lambda owner: Call("POST", "/todos", options={"json": {"title": "Mine"}}),
    "clearTodos": lambda owner: Call("DELETE", "/todos"),
    "getTodo": lambda owner: _of_todo("GET", owner),
    "changeTodo": lambda owner: _of_todo("PATCH", owner, json={"completed": True}),
    "removeTodo": lambda owner: _of_todo("DELETE", owner),
    "addSpeech": lambda owner: Call("POST", "/speech", options={"json": _a_speech()}),
    "getSpeech": lambda owner: _of_speech("GET", "", owner),
    "removeSpeech": lambda owner: _of_speech("DELETE", "", owner),
    "hearSpeech": lambda owner: _of_speech("PUT", "/heard", owner),
    "retrySpeech": lambda owner: _of_speech("POST", "/retry", owner),
    "getArticle": lambda owner: Call("GET", DEMO_ARTICLE),
    "addArticle": lambda owner: Call("POST", "/blog/articles", options={"json": _an_article()}),
    "changeArticle": lambda owner: _of_article("PUT", owner, json=_an_article()),
    "removeArticle": lambda owner: _of_article("DELETE", owner),
    "getDraft": lambda owner: _of_article("GET", owner, "drafts"),
    "previewArticle": lambda owner: Call("POST", "/blog/preview", options={"json": {"body": "# Hello"}}),
    "getArticleAudio": lambda owner: _of_article("GET", owner, rest="/audio"),
    "recordArticle": lambda owner: _of_article("POST", owner, rest="/audio"),
    "listComments": lambda owner: Call("GET", f"{DEMO_ARTICLE}/comments"),
    "addComment": lambda owner: Call("POST", f"{DEMO_ARTICLE}/comments", options={"json": _a_message()}),
    "removeComment": _of_comment,
    "readArticle": lambda owner: Call("GET", "/blog/read/letters-that-wait"),
    "addPhoto": lambda owner: Call("POST", "/blog/photos", options={"json": _a_file()}),
    "getPhoto": lambda owner: _of_photo("GET", "", owner),
    "describePhoto": lambda owner: _of_photo("PATCH", "", owner, json={"alt": "A cat"}),
    "retryPhoto": lambda owner: _of_photo("POST", "/retry", owner),
    "removePhoto": lambda owner: _of_photo("DELETE", "", owner),
    "subscribe": lambda owner: Call("POST", "/blog/subscribers", options={"json": {"email": owner.email}}),
    "confirmSubscription": lambda owner: _of_subscriber("confirm", owner),
    "unsubscribe": lambda owner: _of_subscriber("unsubscribe", owner),
    "beginExport": lambda owner: _of_export("POST", owner),
    "getExport": lambda owner: _of_export("GET", owner),
    "readNotices": lambda owner: Call("PUT", "/notices/read", options={"json": {"id": _a_notice(owner)}}),
    "importAlbums": lambda owner: Call("POST", "/albums/import", options={"json": [an_album()]}),
}

END_IT_ALL = ("eraseMe", "signOutEverywhere")


def call_of(operation: Operation, owner: User) -> Call:
    if operation.name in CALLS:
        call = CALLS[operation.name](owner)
        assert call.method == operation.method
        return call
    assert ordinary.is_ordinary(operation), f"{operation.name} needs an example in its schema, or an entry in CALLS"
    id = ordinary.new_id(operation, lambda path, body: owner.post(path, body).json())
    path = operation.path.replace("{id}", id)
    return Call(operation.method, path, ordinary.headers(operation), ordinary.options(operation))


def a_person_of_every_group(stage: RunningStage, name: str) -> User:
    person = stage.sign_up(name=name)
    for group in ("curators", "authors"):
        pool = stage.config["userPoolId"]
        root(stage, "cognito-idp").admin_add_user_to_group(UserPoolId=pool, Username=person.email, GroupName=group)
    person = stage.sign_in(person.email, person.password)
    assert person.get("/me").json()["groups"] == ["authors", "curators"]
    return person


@pytest.fixture(scope="module")
def ada(stage: RunningStage) -> User:
    """Somebody whose loss doesn't matter if a route lets through what it should refuse."""
    return a_person_of_every_group(stage, "Ada Again")


@pytest.fixture(scope="module")
def tokens(stage: RunningStage, ada: User) -> dict[str, str | None]:
    return bad_tokens(stage, ada)


def texts_at_rest(witness: User) -> list[Any]:
    """Once none is being worked on."""
    texts = witness.get("/speech", params={"limit": 100}).json()["items"]
    return [texts] if all(text["status"] in ("ready", "failed") for text in texts) else []


def row_of(witness: User, id: str) -> Any:
    table = outputs(witness.stage)["PeopleTable"]
    return root(witness.stage, "dynamodb").get_item(TableName=table, Key={"id": {"S": id}})["Item"]


def everything_there(witness: User) -> list[Any]:
    """What a refused request must not change."""
    whole = witness.get("/albums/export")
    assert whole.status_code == 200
    me = witness.get("/me").json()
    people = [me, row_of(witness, me["id"])]  # not by the search for people, which is bounded
    conversations = witness.get("/conversations", params={"limit": 100}).json()["items"]
    posts = witness.get("/posts", params={"limit": 100}).json()["items"]
    [speech] = until(lambda: texts_at_rest(witness), 30)
    speech = [{**text, "audio": None} for text in speech]  # its URL is signed anew each time
    articles = witness.get("/blog/articles", params={"limit": 100}).json()["items"]
    comments = witness.get(f"{DEMO_ARTICLE}/comments", params={"limit": 100}).json()["items"]
    talk = sorted(conversations, key=lambda one: str(one["id"]))
    return [whole.json(), people, talk, posts, speech, articles, comments]


def _id(operation: Operation) -> str:
    return operation.name


# The table of routes is complete


def test_every_route_says_who_may(stage: RunningStage) -> None:
    """What Chalice serves is what the operations describe, with an authorizer unless anyone may call it."""
    served = {
        (method, path): entry.authorizer is None
        for path, methods in app.app.routes.items()
        for method, entry in methods.items()
    }
    assert served == {(one.method, one.path): one.who.is_open for one in operations}
    assert CALLS.keys() <= {one.name for one in operations}


def test_the_deployed_gateway_has_the_same_routes(stage: RunningStage) -> None:
    api_id = stage.config["api"].rsplit("/", 2)[1]
    pages = root(stage, "apigateway").get_paginator("get_resources").paginate(restApiId=api_id, embed=["methods"])
    there = {
        (verb, resource["path"]): method["authorizationType"]
        for page in pages
        for resource in page["items"]
        for verb, method in resource.get("resourceMethods", {}).items()
        if verb not in ("ANY", "OPTIONS")
    }
    wanted = {(one.method, one.path): "NONE" if one.who.is_open else "COGNITO_USER_POOLS" for one in operations}
    assert there == wanted


# Anonymous callers and impostors


@pytest.mark.parametrize("operation", OPEN, ids=_id)
def test_anyone(stage: RunningStage, operation: Operation, bruno: User) -> None:
    answer = call_of(operation, bruno).send(stage, None)
    assert answer.status_code in operation.gives
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("operation", GUARDED, ids=_id)
def test_without_a_good_token(
    stage: RunningStage, operation: Operation, ada: User, tokens: dict[str, str | None]
) -> None:
    """Each is refused and changes nothing; with a valid token the same request succeeds."""
    owner = ada
    call = call_of(operation, owner)
    before = everything_there(owner)
    let_through = []
    for kind, token in tokens.items():
        answer = call.send(stage, token)
        if answer.status_code == 401:
            problem(answer, 401)
        else:
            let_through.append((kind, answer.status_code, answer.text[:200]))
    assert let_through == []
    assert everything_there(owner) == before
    if operation.name not in END_IT_ALL:
        answer = call.send(stage, owner.token)
        assert answer.status_code in operation.gives, (answer.status_code, answer.text)


def test_a_token_elsewhere_than_in_its_header(stage: RunningStage, ada: User) -> None:
    problem(stage.call("GET", "/me", params={"Authorization": ada.token, "token": ada.token}), 401)
    problem(stage.call("GET", "/me", cookies={"Authorization": ada.token, "token": ada.token}), 401)
    problem(stage.call("GET", "/me", headers={"X-Authorization": ada.token}), 401)


def test_only_the_expiry_is_refused(stage: RunningStage, ada: User) -> None:
    """The expired token of the walk is otherwise valid: with a later expiry it is accepted."""
    now = int(time.time())
    renewed = signed_by_the_cloud(ada, exp=now + 60)
    assert claims_of(renewed)["exp"] == now + 60
    assert stage.call("GET", "/me", headers={"Authorization": renewed}).status_code == 200
    problem(stage.call("GET", "/me", headers={"Authorization": signed_by_the_cloud(ada, exp=now - 1)}), 401)
    problem(stage.call("GET", "/me", headers={"Authorization": signed_by_the_cloud(ada, exp=now)}), 401)


# Another user


@pytest.mark.parametrize("operation", [one for one in GUARDED if one.who.way_in], ids=_id)
def test_another_user(stage: RunningStage, operation: Operation, bruno: User, chidi: User) -> None:
    call = call_of(operation, bruno)
    before = everything_there(bruno)
    problem(call.send(stage, chidi.token), 403 if operation.who.forbids else 404)
    assert everything_there(bruno) == before
    assert call.send(stage, bruno.token).status_code in operation.gives, "its owner may"


@pytest.mark.parametrize("operation", [one for one in GUARDED if one.who.group and not one.who.way_in], ids=_id)
def test_without_the_group(stage: RunningStage, operation: Operation, bruno: User, ada: User) -> None:
    call = call_of(operation, bruno)
    before = everything_there(bruno)
    problem(call.send(stage, bruno.token), 403)
    assert everything_there(bruno) == before
    assert call.send(stage, ada.token).status_code in operation.gives


def test_oneself_is_oneself(bruno: User, chidi: User) -> None:
    """Routes without an id act on the caller: nobody else sees what they do there."""
    before = bruno.get("/me").json()
    assert chidi.put("/me", {"name": "Chidi Okafor"}).json()["id"] == chidi.id != bruno.id
    assert bruno.get("/me").json() == before


def test_who_added_it_is_not_for_the_client_to_say(bruno: User, chidi: User) -> None:
    problem(bruno.post("/albums", {**an_album(), "addedBy": chidi.id}), 422)
    album = added(bruno)
    body = {name: album[name] for name in ("rank", "title", "artist", "year", "genre")}
    for field_name, value in (("addedBy", chidi.id), ("id", "x"), ("version", 7)):
        problem(bruno.put(f"/albums/{album['id']}", {**body, field_name: value}, 1), 422)
    remove(bruno, album)


def test_a_person_can_not_join_a_group_by_himself(stage: RunningStage, somebody: User) -> None:
    """Neither by an attribute nor by calling Cognito with their own token."""
    group = {"Name": "cognito:groups", "Value": "curators"}
    token = somebody.tokens["AccessToken"]
    assert stage.cognito("UpdateUserAttributes", AccessToken=token, UserAttributes=[group]).status_code == 400
    given = [{"Name": "email", "Value": "joiner@example.com"}, group]
    signed_up = stage.for_client("SignUp", Username="joiner@example.com", Password=PASSWORD, UserAttributes=given)
    assert signed_up.status_code == 400
    joined = {"UserPoolId": stage.config["userPoolId"], "Username": somebody.email, "GroupName": "curators"}
    assert stage.cognito("AdminAddUserToGroup", **joined).status_code in (400, 403)
    again = stage.sign_in(somebody.email, somebody.password)
    assert again.get("/me").json()["groups"] == []
    problem(again.post("/albums/import", [an_album()]), 403)
