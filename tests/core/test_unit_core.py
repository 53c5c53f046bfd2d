"""Pages, ids, the signed-in person and the log line."""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from chalicelib.core import log
from chalicelib.core.errors import BadRequestError, NotFoundError, UnauthorizedError
from chalicelib.core.ids import as_time, is_id, new_id, now
from chalicelib.core.pages import cursor, position
from chalicelib.core.person import from_claims
from tests.support.events import claims

OF = ["by-rank", "all", " word"]
KINDS = (int, str)


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def test_a_cursor_comes_back_as_it_went() -> None:
    after = cursor(OF, [7, "01ABC"])
    assert position(OF, after, KINDS) == [7, "01ABC"]
    assert position(OF, None, KINDS) is None
    assert re.fullmatch(r"[\w-]+", after), "it travels in a URL as it is"
    assert position(OF, encoded(f'[{MARK}, [7, "x"]]'), KINDS) == [7, "x"], "the forged ones below are nearly good"


def decoded(after: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))


GOOD = cursor(OF, [7, "01ABC"])
MARK = json.dumps(decoded(GOOD)[0])  # names the list

NO_CURSORS = ["", "x", "!!!!", "é", "\ud800", "\x00", "=" * 50, "A" * 1000, GOOD[:-3], GOOD[3:]]

OF_OTHER_LISTS = [
    cursor(of, [7, "01ABC"])
    for of in ([], ["by-rank", "all"], ["by-rank", "all", "word"], ["by-year", "all", " word"], [*OF, None], OF[::-1])
]

NO_PLACES: list[Any] = [
    None,
    7,
    "7x",
    {"7": 1, "x": 2},
    [],
    [7],
    [7, "x", 1],
    ["7", "x"],
    [7, 7],
    [7.0, "x"],
    [True, "x"],
    [None, "x"],
    [7, None],
    [7, ["x"]],
    [2**53, "x"],
    [-(2**53), "x"],
    [10**400, "x"],
    [7, ""],
    [7, "x" * 300],
    [7, "é"],
    [7, "\ud800"],
]

OTHER_JSON = [
    "null",
    "7",
    '"x"',
    "[]",
    "{}",
    f'{{"0": {MARK}, "1": [7, "x"]}}',
    f"[{MARK}]",
    "[" * 700,
    f'[{MARK}, [NaN, "x"]]',
    f'[{MARK}, [1e999, "x"]]',
    f'[{MARK}, [7, "\ud800"]]',
    f'[{MARK}, [{"9" * 600}, "x"]]',
    f'[{MARK}, [7, "x"]',
]

HOSTILE = [*NO_CURSORS, *OF_OTHER_LISTS, *(cursor(OF, place) for place in NO_PLACES), *map(encoded, OTHER_JSON)]


@pytest.mark.parametrize("after", HOSTILE)
def test_a_hostile_cursor_is_a_bad_request(after: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        position(OF, after, KINDS)
    assert raised.value.errors and raised.value.errors[0]["pointer"] == "/after"


@given(some.text(max_size=60) | some.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
@example("W10")
def test_whatever_a_cursor_holds_it_is_no_crash(after: str) -> None:
    with pytest.raises(BadRequestError):
        position(OF, after, KINDS)


@given(some.integers(0, 2**48 - 2))
def test_ids_sort_by_time(milliseconds: int) -> None:
    earlier, later = new_id(milliseconds), new_id(milliseconds + 1)
    assert earlier < later
    assert is_id(earlier) and re.fullmatch("[0-9A-HJKMNP-TV-Z]{26}", earlier)


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id(1) for _ in range(1000)}) == 1000
    assert new_id() >= new_id(int(datetime(2026, 1, 1).timestamp() * 1000))


@pytest.mark.parametrize("text", ["", "rank#1", "x" * 26, "0" * 25, "0" * 27, "0" * 25 + "I", "0" * 25 + "é", "٠" * 26])
def test_what_is_no_id(text: str) -> None:
    assert not is_id(text)


def test_times_have_milliseconds_and_say_that_they_are_utc() -> None:
    assert as_time(1795215861.1239) == "2026-11-20T23:04:21.123Z"
    assert as_time(0) == "1970-01-01T00:00:00.000Z"
    assert datetime.fromisoformat(now()).utcoffset() is not None


def test_a_person_is_who_the_claims_say() -> None:
    person = from_claims(claims("ada", email="Ada@Example.COM", name="Ada"))
    assert (person.id, person.email, person.name, person.groups) == ("ada", "ada@example.com", "Ada", frozenset())


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        (None, set()),
        ("", set()),
        ("curators", {"curators"}),
        ("curators,authors", {"curators", "authors"}),
        ("[curators authors]", {"curators", "authors"}),
        ("[curators, authors]", {"curators", "authors"}),
        (["curators", "authors"], {"curators", "authors"}),
        ([], set()),
        ("not-curators", set()),
        ("curators,eu-central-1_pool_Google", {"curators"}),
        ("[kings curators]", {"curators"}),
    ],
)
def test_groups_come_in_many_shapes_and_only_ours_count(claim: Any, groups: set[str]) -> None:
    person = from_claims({**claims(), "cognito:groups": claim})
    assert person.groups == groups


def test_without_a_name_it_is_the_beginning_of_the_address() -> None:
    assert from_claims(claims("ada", name="")).name == "ada"
    nameless = claims("ada")
    del nameless["name"]
    assert from_claims(nameless).name == "ada"


@pytest.mark.parametrize("verified", ["false", "", None, False])
def test_an_address_that_is_not_proved_is_nobodys(verified: Any) -> None:
    assert from_claims(claims("ada", email_verified=verified)).email == ""
    unsaid = claims("ada")
    del unsaid["email_verified"]
    assert from_claims(unsaid).email == ""


@pytest.mark.parametrize("given", [None, {}, claims(token_use="access"), claims(sub=""), {"sub": "ada"}])
def test_without_the_claims_of_an_id_token_nobody_is_signed_in(given: dict[str, Any] | None) -> None:
    with pytest.raises(UnauthorizedError):
        from_claims(given)


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    out = capsys.readouterr().out
    assert out.endswith("\n") and out.count("\n") == 1, "one line"
    found: dict[str, Any] = json.loads(out)
    return found


REQUEST = SimpleNamespace(method="GET", path="/albums/{id}", lambda_context=SimpleNamespace(aws_request_id="r-1"))


def test_a_request_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    answer = SimpleNamespace(status_code=404)
    assert log.invocation(REQUEST, lambda event: answer) is answer
    found = line(capsys)
    assert found.pop("ms") >= 0
    assert found == {"requestId": "r-1", "route": "GET /albums/{id}", "status": 404}


def test_an_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    event = SimpleNamespace(context=SimpleNamespace(aws_request_id="r-2", function_name="erase_people"))
    log.invocation(event, lambda event: {"batchItemFailures": []})
    found = line(capsys)
    assert (found["event"], found["function"], found["status"]) == ("SimpleNamespace", "erase_people", "ok")


def test_a_failure_is_told_by_its_place_and_not_by_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(secret: str) -> None:
        raise NotFoundError(f"{secret}\nis ada@example.com's")

    with pytest.raises(NotFoundError):
        log.invocation(REQUEST, lambda event: fail("hunter2"))
    found = line(capsys)
    assert found["status"] == "error"
    assert re.match(r"NotFoundError at fail:\d+ < ", found["failure"])
    assert "hunter2" not in str(found) and "example.com" not in str(found)


def test_a_failure_is_told_in_its_own_line_only(capsys: pytest.CaptureFixture[str]) -> None:
    log.failure(ValueError("x"))
    log.invocation(REQUEST, lambda event: SimpleNamespace(status_code=200))
    assert "failure" not in line(capsys)
