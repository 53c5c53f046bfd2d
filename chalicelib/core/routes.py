"""A Chalice Blueprint whose routes also declare who may call them, what they take and what they give.

The checks before a handler, the gateway's validators and the OpenAPI document all come from that.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from chalice.app import Blueprint, Chalice, CognitoUserPoolAuthorizer, Response, WebsocketAPI
from chalice.app import Request as ChaliceRequest

from chalicelib.core import aws, bounds, log, schemas, settings, tokens
from chalicelib.core.errors import (
    BadRequestError,
    MediaTypeError,
    ParameterError,
    PreconditionRequiredError,
    ProblemError,
    TooLargeError,
    UnavailableError,
)
from chalicelib.core.ids import is_day
from chalicelib.core.pages import DEFAULT_LIMIT, MAX_LIMIT, Turn
from chalicelib.core.person import Person, from_claims
from chalicelib.core.responses import problem, refused
from chalicelib.core.who import ANYONE, GUEST, Who, parameters

_KILOBYTE = 1024
_PLAIN_PATH = re.compile(r"(?:/[\w.~-]+)+", re.ASCII)
_ETAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*')
_PATH_PARAMETER = re.compile(r"{(\w+)}")

signed_in = CognitoUserPoolAuthorizer("people", provider_arns=[settings.user_pool_arn()])


@dataclass(frozen=True)
class Parameter:
    """A query parameter; its JSON Schema also controls how it is parsed."""

    name: str
    schema: dict[str, Any]
    says: str
    required: bool = False


LIMIT = Parameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}, "How many at most."
)
AFTER = Parameter("after", {"type": "string", "maxLength": 1000}, "The `next` of the previous page.")
PAGED = (LIMIT, AFTER)


@dataclass(frozen=True)
class Operation:
    """What a route promises."""

    name: str
    method: str
    path: str
    says: str
    who: Who
    gives: dict[int, str | None]
    takes: str | None = None
    query: tuple[Parameter, ...] = ()
    if_match: Literal["required", "optional"] | None = None
    versioned: bool = False
    caching: str | None = None  # its Cache-Control: the answer then has an ETag, and If-None-Match can save sending it
    fails: tuple[int, ...] = ()
    takes_media: tuple[str, ...] = ("application/json",)
    gives_media: tuple[str, ...] = ("application/json",)
    max_bytes: int = 64 * _KILOBYTE
    bound: bounds.Bound | None = None  # how often one person may call it

    @property
    def rate(self) -> bounds.Rate:
        """The gateway's limit for the route: lower where callers need no token."""
        if not self.who.is_open:
            return bounds.OF_A_ROUTE
        return bounds.READ_BY_ANYONE if self.method == "GET" else bounds.WRITTEN_BY_ANYONE


@dataclass
class Asked:
    """A request whose person, parameters and body have been checked."""

    person: Person
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    version: int = 0  # 0: whichever is current
    body: Any = None
    base: str = ""  # the absolute base URL of all routes, as this request was addressed

    @property
    def turn(self) -> Turn:
        return Turn(self.query["limit"], self.query.get("after"))

    @property
    def token(self) -> str:
        """The sign-in token, as sent."""
        return bearer(self.headers.get("authorization", ""))

    def preferred(self, *offered: str) -> str | None:
        """The media type that the caller prefers according to Accept; the first if they don't mind."""
        best = max(offered, key=self._liking)
        return best if self._liking(best) > 0 else None

    def _liking(self, media: str) -> float:
        """The quality given by the narrowest matching range."""
        ranges = dict(map(_range, (self.headers.get("accept") or "*/*").lower().split(",")))
        fitting = (media, media.partition("/")[0] + "/*", "*/*")
        return next((ranges[each] for each in fitting if each in ranges), 0.0)


def bearer(header: str) -> str:
    """The token in an Authorization header."""
    return re.sub(r"^bearer\s+", "", header, flags=re.IGNORECASE).strip()


def _range(part: str) -> tuple[str, float]:
    """`text/csv;q=0.5` → `("text/csv", 0.5)`"""
    media, _, parameters = part.partition(";")
    quality = re.search(r"q=([01](?:\.[0-9]{0,3})?)\s*$", parameters)
    return media.strip(), float(quality[1]) if quality else 1.0


class Added(NamedTuple):
    """For handlers that may be asked to add a thing twice: 201 if it is new, 200 if it was there."""

    thing: Any
    is_new: bool


class Tagged(NamedTuple):
    """For handlers that know the ETag before the body: the body is read only for those who don't have it."""

    tag: str
    read: Callable[[], Any]


class PromiseError(TypeError):
    """A route promises something that nothing enforces: it is not registered."""


Register = Callable[[Callable[..., Any]], Any]

NOBODY = Person(id="", email="", name="")

operations: list[Operation] = []  # all that are registered with the app


class Routes(Blueprint):
    """Registered as part of `app`, so every function starts there with all features loaded."""

    def __init__(self) -> None:
        super().__init__("app")
        self.operations: list[Operation] = []
        self.functions: dict[str, Callable[..., Any]] = {}  # all but the routes, by their own names
        self.websocket_api = WebsocketAPI()  # without one, a blueprint's socket handlers get raw input

    def _get_middleware_handlers(self, event_type: str) -> list[Any]:
        """The app passes its middleware to all handlers except sockets'."""
        return [log.invocation]

    def _register_handler(
        self, handler_type: str, name: str, user_handler: Callable[..., Any], wrapped_handler: Any, *rest: Any
    ) -> None:
        super()._register_handler(handler_type, name, user_handler, wrapped_handler, *rest)
        if handler_type != "route":
            self.functions[user_handler.__name__] = wrapped_handler

    def register(self, app: Chalice, options: dict[str, Any]) -> None:
        super().register(app, options)
        operations.extend(self.operations)

    def on_dynamodb_record(
        self,
        stream_arn: str,
        batch_size: int = 100,
        starting_position: str = "TRIM_HORIZON",
        name: str | None = None,
        maximum_batching_window_in_seconds: int = 0,
    ) -> Callable[..., Any]:
        """From the first record on: what comes while AWS sets up the reading would be lost from the last one on."""
        return super().on_dynamodb_record(
            stream_arn, batch_size, starting_position, name, maximum_batching_window_in_seconds
        )

    def route(self, path: str, *, method: str = "GET", **promise: Any) -> Register:
        """Register a handler under its own name: `add_album` becomes the operation `addAlbum`.

        It gets the checked request, then what its way in returned, if it has one, then by name the rest of the path,
        and the `permit` if it takes one, to put into its own transaction.
        """

        def register(handler: Callable[..., Any]) -> Callable[..., Response]:
            says = (handler.__doc__ or "").strip()
            operation = Operation(_camel_case(handler.__name__), method, path, says, **promise)
            if reason := _why_not(operation, parameters(handler)):
                raise PromiseError(f"{operation.name}: {reason}")
            self.operations.append(operation)

            @functools.wraps(handler)
            def view(**path_parameters: str) -> Response:
                return _answer(operation, handler, self.current_request, path_parameters)

            chalice_route = super(Routes, self).route(
                path,
                methods=[method],
                authorizer=None if operation.who.is_open else signed_in,
                content_types=list(operation.takes_media),
            )
            return chalice_route(view)  # type: ignore[no-any-return]

        return register

    def get(self, path: str, **promise: Any) -> Register:
        return self.route(path, method="GET", **promise)

    def post(self, path: str, **promise: Any) -> Register:
        return self.route(path, method="POST", **promise)

    def put(self, path: str, **promise: Any) -> Register:
        return self.route(path, method="PUT", **promise)

    def patch(self, path: str, **promise: Any) -> Register:
        return self.route(path, method="PATCH", **promise)

    def delete(self, path: str, **promise: Any) -> Register:
        return self.route(path, method="DELETE", **promise)


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _why_not(operation: Operation, asks: list[str]) -> str | None:
    """Why this route, with a handler that takes these parameters, can't keep its promise."""
    who, path = operation.who, set(_PATH_PARAMETER.findall(operation.path))
    if not isinstance(who, Who):
        return "`who` must come from chalicelib.core.who, where each one is a check"
    if reason := who.why_not(path):
        return reason
    if who is ANYONE and operation.bound:
        return "a bound applies to one person, and this may be anyone"
    first = ["asked", "what its way in returns"][: 2 if who.way_in else 1]
    rest = path - who.asks | ({"permit"} if operation.bound and "permit" in asks else set())
    if len(asks) < len(first) or set(asks[len(first) :]) != rest:
        return f"its handler must take {', '.join([*first, *sorted(rest)])}"
    return None


def _answer(
    operation: Operation, handler: Callable[..., Any], request: ChaliceRequest, path: dict[str, str]
) -> Response:
    """The one place where errors become responses."""
    try:
        return _respond(operation, _handled(operation, handler, request, path), request)
    except ProblemError as expected:
        return refused(expected)
    except aws.Failure as failure:
        log.failure(failure)
        if aws.is_throttled(failure) or aws.code_of(failure) == "Unanswered":
            return refused(UnavailableError("Too much is going on right now: try again in a moment."))
        return problem(500, "Something went wrong on our side; it was not your request.")
    except Exception as error:
        log.failure(error)
        return problem(500, "Something went wrong on our side; it was not your request.")


def _handled(operation: Operation, handler: Callable[..., Any], request: ChaliceRequest, path: dict[str, str]) -> Any:
    asked, asks = _asked(operation, request), parameters(handler)
    permit = bounds.once(asked.person.sign_in, operation.bound) if operation.bound and asked.person.id else None
    with bounds.counted(permit, by_itself="permit" not in asks):
        first = [asked, operation.who.enter(asked.person, path)] if operation.who.way_in else [asked]
        rest = {**path, "permit": permit}
        return handler(*first, **{name: rest[name] for name in asks[len(first) :]})


def _respond(operation: Operation, result: Any, request: ChaliceRequest) -> Response:
    if isinstance(result, Response):
        return result
    if operation.caching:
        return _respond_unless_known(operation, result, request)
    status = next(iter(operation.gives))
    if isinstance(result, Added):
        result, status = result.thing, 201 if result.is_new else 200
    headers: dict[str, str | list[str]] = {"ETag": f'"{result["version"]}"'} if operation.versioned else {}
    if operation.gives[status] is None:
        return Response("", headers, status)
    return Response(result, {"Content-Type": "application/json", **headers}, status)


def _respond_unless_known(operation: Operation, result: Any, request: ChaliceRequest) -> Response:
    tagged = result if isinstance(result, Tagged) else _tagged(operation, result)
    caching = operation.caching if _is_plain(operation, request) else "no-store"
    headers: dict[str, str | list[str]] = {"Cache-Control": caching or "", "ETag": f'"{tagged.tag}"'}
    if operation.who is not ANYONE:
        headers["Vary"] = "Authorization"
    if tagged.tag in re.findall(r'"([^"]*)"', request.headers.get("if-none-match") or ""):
        return Response("", headers, 304)
    return Response(tagged.read(), {"Content-Type": operation.gives_media[0], **headers}, next(iter(operation.gives)))


def _is_plain(operation: Operation, request: ChaliceRequest) -> bool:
    """Only the exact address may be cached: nobody could invalidate a copy under another spelling."""
    asked = request.context.get("path", operation.path)
    known = {parameter.name for parameter in operation.query}
    return bool(_PLAIN_PATH.fullmatch(asked)) and known.issuperset(request.query_params or {})


def _tagged(operation: Operation, body: Any) -> Tagged:
    """Tagged with its version, or with a hash of the body."""
    if operation.versioned:
        return Tagged(str(body["version"]), lambda: body)
    text = body if isinstance(body, str) else json.dumps(body)
    return Tagged(hashlib.sha256(text.encode()).hexdigest()[:32], lambda: text)


def _asked(operation: Operation, request: ChaliceRequest) -> Asked:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Asked(
        person=_person(operation, request),
        query=_query(operation, request),
        headers=headers,
        version=_version(operation, headers.get("if-match")),
        body=_body(operation, request) if operation.takes else None,
        base=_base(operation, request, headers),
    )


def _base(operation: Operation, request: ChaliceRequest, headers: dict[str, str]) -> str:
    """What precedes the route's own path: the stage's name, or the base path of a custom domain."""
    path = request.context.get("path", operation.path).rstrip("/")
    before = path.split("/")[: -operation.path.count("/")]
    return f"{headers.get('x-forwarded-proto', 'http')}://{headers.get('host', 'localhost')}{'/'.join(before)}"


def _person(operation: Operation, request: ChaliceRequest) -> Person:
    claims = (request.context.get("authorizer") or {}).get("claims")
    if operation.who is GUEST and not claims:
        given = bearer(request.headers.get("authorization") or "")
        if not given:
            return NOBODY
        claims = tokens.claims(given)
    if operation.who is ANYONE:
        return NOBODY
    person = from_claims(claims)
    operation.who.check(person)
    return person


def _query(operation: Operation, request: ChaliceRequest) -> dict[str, Any]:
    given: dict[str, str] = dict(request.query_params or {})
    return {parameter.name: _read(parameter, given.get(parameter.name)) for parameter in operation.query}


def _read(parameter: Parameter, text: str | None) -> Any:
    """Parse a text parameter as its schema says."""
    schema = parameter.schema
    if text is None and parameter.required:
        raise ParameterError(parameter.name, "is required")
    if text is None:
        return schema.get("default")
    if schema["type"] == "integer":
        low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
        if re.fullmatch(r"-?[0-9]{1,15}", text) and low <= int(text) <= high:
            return int(text)
        raise ParameterError(parameter.name, f"must be a whole number from {low} to {high}")
    if schema["type"] == "boolean":
        if text in ("true", "false"):
            return text == "true"
        raise ParameterError(parameter.name, "must be true or false")
    if len(text) > schema["maxLength"]:
        raise ParameterError(parameter.name, f"must have at most {schema['maxLength']} characters")
    if schema.get("format") == "date" and not is_day(text):
        raise ParameterError(parameter.name, "must be a real date, such as 2026-12-24")
    return text


def _version(operation: Operation, if_match: str | None) -> int:
    if not operation.if_match or (if_match is None and operation.if_match == "optional"):
        return 0
    if if_match is None:
        raise PreconditionRequiredError('Send the ETag of the version you have seen, as in If-Match: "<version>".')
    match = _ETAG.fullmatch(if_match)
    if not match:
        raise BadRequestError('If-Match must be one ETag in double quotes, as in If-Match: "3".')
    tag = match[1].partition("-")[0]  # the tag may go on with what else the answer depended on
    return int(tag) if re.fullmatch("[1-9][0-9]{0,14}", tag) else -1  # a tag that no version ever had is stale


def _body(operation: Operation, request: ChaliceRequest) -> Any:
    raw = request.raw_body or b""
    if len(raw) > operation.max_bytes:
        raise TooLargeError(f"The body has {len(raw)} bytes; this route accepts at most {operation.max_bytes}.")
    media = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media not in operation.takes_media:  # Chalice accepts a match of any part of the header
        raise MediaTypeError(f"This route accepts {' or '.join(operation.takes_media)}, not {media}.")
    if media != "application/json":
        return raw
    assert operation.takes
    value = schemas.from_json(raw)
    schemas.check(operation.takes, value)
    return value


def as_problem(event: Any, get_response: Callable[[Any], Response]) -> Response:
    """Chalice middleware: gives Chalice's own refusals (method, media type) the same shape as our errors."""
    response = get_response(event)
    if response.status_code >= 400 and isinstance(response.body, dict) and "Code" in response.body:
        headers = {name: value for name, value in response.headers.items() if isinstance(value, str)}
        response = problem(
            response.status_code,
            str(response.body["Message"]),
            None,
            {
                **headers,
                "Content-Type": "application/problem+json",
                "Access-Control-Allow-Origin": "*",
            },
        )
    return response
