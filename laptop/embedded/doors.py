"""Who gets an answer: callers that use this machine's names; of pages only the site's; nobody asking for internals."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hypercorn.protocol.h11 import H11Protocol
from ministack import app as ministack
from ministack.core.router import detect_service

from laptop.embedded.downloads import is_good
from laptop.embedded.patching import Function, patch
from laptop.loopback import NOT_ONE_NAME, OWN, host_of

INSIDES = re.compile(r"/_ministack\b.*|/_localstack\b.*|/health", re.DOTALL)
READABLE = ("/_ministack/health", "/_localstack/health", "/health", "/_ministack/ses/messages")
CALLBACKS = ("/_ministack/cfn-response/", "/_ministack/cfn-signal/")  # each carries its own secret token
HOSTED_PAGES = ("/oauth2/", "/login", "/logout")
AGE = "600"
Headers = list[tuple[bytes, bytes]]


def _origins(site: str) -> tuple[str, str]:
    """The site's origins, under both names that its server answers to."""
    port = urlsplit(site).port or 80
    own = f":{port}" if port != 80 else ""  # which browsers leave out
    return f"http://localhost{own}", f"http://127.0.0.1{own}"


SITE = _origins(os.environ["EMBEDDED_SITE"])


@dataclass(frozen=True)
class Asked:
    """What of a request or handshake decides whether it is answered."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    host: str | None

    @classmethod
    def of(cls, scope: Any) -> Asked:
        given = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        return cls(
            scope.get("method", "GET"),
            scope["path"],
            parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            dict(given),
            host_of([value for name, value in given if name == "host"]),
        )

    @property
    def origin(self) -> str | None:
        return self.headers.get("origin")

    @property
    def is_foreign(self) -> bool:
        """Whether a page is asking that belongs neither to the site nor to this cloud, such as the hosted sign-in."""
        return self.origin not in (None, *SITE, f"http://{self.headers['host']}")

    @property
    def is_of_the_api(self) -> bool:
        return ministack._parse_execute_api_url(self.headers["host"], self.path) is not None

    @property
    def has_cors_of_its_own(self) -> bool:
        """The API, the edge and each bucket decide which pages may read their answers."""
        host = self.headers["host"]
        label = ministack._parse_cloudfront_dataplane_host(host)
        if self.is_of_the_api or (label and ministack._get_module("cloudfront").find_distribution_for_label(label)):
            return True
        is_of_a_bucket = ministack._s3_cors_target(host, self.path) is not None
        return is_of_a_bucket and detect_service(self.method, self.path, self.headers, self.query) == "s3"

    @property
    def is_for_pages(self) -> bool:
        """Signing in, and keys for a person's folder: what a page of the site asks unsigned."""
        target = self.headers.get("x-amz-target", "")
        hosted = self.path.startswith(HOSTED_PAGES) or "/.well-known/" in self.path
        return hosted or target.startswith("AWSCognitoIdentity")


@patch(ministack, "app")
async def guarded(original: Function, scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await original(scope, receive, send)
        return
    asked = Asked.of(scope)
    refusal = _refusal(asked, scope["type"] == "websocket")
    if refusal:
        await _answer(scope, receive, send, *refusal)
    elif scope["type"] == "websocket" or asked.has_cors_of_its_own or INSIDES.fullmatch(asked.path):
        await original(scope, receive, send)
    elif asked.method == "OPTIONS":
        await _answer(scope, receive, send, *_preflight(asked))
    else:
        await original(scope, receive, _with_our_cors(asked, send))


def _refusal(asked: Asked, is_handshake: bool) -> tuple[int, Headers, str] | None:
    if asked.host is None:
        return 400, [], NOT_ONE_NAME
    if asked.host not in OWN and not asked.host.endswith(".localhost"):
        return 403, [], "This is answered at localhost only."
    if INSIDES.fullmatch(asked.path):
        return None if _may_see_the_insides(asked) else (403, [], "This is internal.")
    if is_handshake and not asked.is_of_the_api:
        return 404, [], "There is no such socket."
    if asked.is_foreign and (is_handshake or not asked.has_cors_of_its_own):
        return 403, [], f"Only pages of {SITE[0]} are answered here."
    return None


def _may_see_the_insides(asked: Asked) -> bool:
    """Tools on this machine may read what is made for them; a page may not."""
    is_page = asked.origin is not None or asked.headers.get("sec-fetch-site", "none") != "none"
    is_made_for_it = asked.method == "GET" and (asked.path in READABLE or is_good(asked.path, asked.query))
    return not is_page and (is_made_for_it or (asked.method == "PUT" and asked.path.startswith(CALLBACKS)))


def _preflight(asked: Asked) -> tuple[int, Headers, str]:
    """For signing in only: pages sign requests to buckets only."""
    hosted = asked.path.startswith(HOSTED_PAGES)
    if asked.origin not in SITE or not (hosted or asked.path == "/"):
        return 403, [], "Pages may not request this."
    allowed = {
        "Allow-Methods": "GET, POST" if hosted else "POST",
        "Allow-Headers": "authorization, content-type" if hosted else "content-type, x-amz-target",
        "Max-Age": AGE,
    }
    more = [(f"access-control-{name}".lower().encode(), value.encode()) for name, value in allowed.items()]
    return 200, [*_allowed_origin(asked), *more], ""


def _allowed_origin(asked: Asked) -> Headers:
    allowed = asked.origin if asked.origin in SITE else SITE[0]
    return [(b"access-control-allow-origin", allowed.encode()), (b"vary", b"Origin")]


def _with_our_cors(asked: Asked, send: Any) -> Any:
    """The answers, but with our CORS headers: ministack lets every page read."""
    ours = _allowed_origin(asked) if asked.is_for_pages else []
    if ours:
        ours.append((b"access-control-expose-headers", b"x-amzn-errortype, x-amzn-requestid, date"))

    async def send_with_ours(message: Any) -> None:
        if message["type"] == "http.response.start":
            theirs = [each for each in message.get("headers", []) if not each[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": [*theirs, *ours]}
        await send(message)

    return send_with_ours


async def _answer(scope: Any, receive: Any, send: Any, status: int, headers: Headers, said: str) -> None:
    body = json.dumps({"message": said}).encode() if said else b""
    kind = [(b"content-type", b"application/json")] if said else []
    all_headers = [*kind, (b"content-length", str(len(body)).encode()), *headers]
    of = "http.response"
    if scope["type"] == "websocket":
        await receive()
        of = "websocket.http.response"
    await send({"type": f"{of}.start", "status": status, "headers": all_headers})
    await send({"type": f"{of}.body", "body": body, "more_body": False})


@patch(H11Protocol, "_send_error_response")
async def in_a_sentence(original: Function, protocol: Any, status: int) -> None:
    """What is not HTTP, such as a request with no Host or two, never reaches the app."""
    import h11

    body = json.dumps({"message": f"This request can't be answered. {NOT_ONE_NAME}"}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await protocol._send_h11_event(
        h11.Response(
            status_code=status, headers=[*headers, (b"connection", b"close"), *protocol.config.response_headers("h11")]
        )
    )
    await protocol._send_h11_event(h11.Data(data=body))
    await protocol._send_h11_event(h11.EndOfMessage())
