"""Whether a deployed stage works, as a stranger sees it. Reads only, and leaves nothing."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cloud.errors import CloudError
from cloud.steps import Steps

_SECONDS = 20
_PAUSES = (0, 3, 6)  # while what was just deployed spreads
_CORS = "Access-Control-Allow-Origin"
_NOBODY = {"USERNAME": "nobody@example.invalid", "PASSWORD": "Nobody-has-this-1"}


class Answer(NamedTuple):
    status: int
    headers: Any
    body: bytes

    @property
    def type(self) -> str:
        return str(self.headers.get("Content-Type", "")).partition(";")[0]

    def json(self) -> Any:
        return json.loads(self.body)


class _UnexpectedError(Exception):
    """An answer that it should not be."""


def run(steps: Steps, site: str) -> None:
    """`site` is the address of the pages: all others are in their `config.json`, as for a browser."""
    for what, look in _checks(site.rstrip("/")):
        with steps.step(what):
            _tried(what, look)


def _tried(what: str, look: Callable[[], None]) -> None:
    for pause in _PAUSES:
        time.sleep(pause)
        try:
            return look()
        except (_UnexpectedError, OSError, http.client.HTTPException, ValueError, KeyError) as error:
            failure = error
    raise CloudError(f"{what}: {failure or type(failure).__name__}") from None


def _checks(site: str) -> Iterator[tuple[str, Callable[[], None]]]:
    def config() -> dict[str, str]:
        found: dict[str, str] = _expect(_get(f"{site}/config.json"), 200, "application/json").json()
        return found

    def pages() -> None:
        page = _expect(_get(f"{site}/"), 200, "text/html")
        if f"{config()['api']}/" not in page.headers.get("Content-Security-Policy", ""):
            raise _UnexpectedError("the pages' Content-Security-Policy does not let them reach the API")

    def health() -> None:
        _expect(_get(f"{config()['api']}/health"), 200, "application/json")

    def refusals() -> None:
        for path, status in (("/albums", 401), ("/nothing-here", 404)):
            answer = _expect(_get(config()["api"] + path), status, "application/problem+json")
            if not answer.headers.get(_CORS):
                raise _UnexpectedError(f"{path} refuses without {_CORS}, so no page can read why")

    def document() -> None:
        if not _expect(_get(f"{config()['api']}/openapi.json"), 200, "application/json").json()["paths"]:
            raise _UnexpectedError("the API's document has no paths")

    def articles() -> None:
        _expect(_get(f"{config()['edge']}/blog/articles"), 200, "application/json")
        _expect(_get(f"{site}/feed"), 200, "application/atom+xml")

    def sign_in() -> None:
        asked = {"ClientId": config()["userPoolClientId"], "AuthFlow": "USER_PASSWORD_AUTH"}
        target = "AWSCognitoIdentityProviderService.InitiateAuth"
        answer = _get(
            f"{config()['cognitoEndpoint']}/",
            {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"},
            json.dumps({**asked, "AuthParameters": _NOBODY}).encode(),
        )
        if not answer.json().get("__type", "").endswith("NotAuthorizedException"):
            raise _UnexpectedError(f"signing in as nobody answers {answer.status}: {answer.body[:200]!r}")

    def socket() -> None:
        status = _opened(config()["socket"])
        if status not in (401, 403):
            raise _UnexpectedError(f"a socket without a ticket answers {status}")

    yield "The pages, and their policy", pages
    yield "The API", health
    yield "Its refusals", refusals
    yield "Its document", document
    yield "Articles and feed, at the edge", articles
    yield "Signing in", sign_in
    yield "Sockets, closed to strangers", socket


def _get(url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
    """Any status is an answer."""
    asked = urllib.request.Request(url, body, headers or {})
    try:
        with urllib.request.urlopen(asked, timeout=_SECONDS) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, refused.headers, refused.read())


def _expect(answer: Answer, status: int, kind: str) -> Answer:
    if (answer.status, answer.type) != (status, kind):
        raise _UnexpectedError(f"answers {answer.status} {answer.type}, not {status} {kind}: {answer.body[:200]!r}")
    return answer


def _opened(address: str) -> int:
    """The status that a socket's handshake gets."""
    url = urllib.parse.urlsplit(address)
    kind = http.client.HTTPSConnection if url.scheme == "wss" else http.client.HTTPConnection
    connection = kind(url.netloc, timeout=_SECONDS)
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    try:
        connection.request("GET", url.path or "/", headers={**upgrade, "Sec-WebSocket-Key": "c21va2UtdGVzdC1vbmx5IQ=="})
        return connection.getresponse().status
    finally:
        connection.close()
