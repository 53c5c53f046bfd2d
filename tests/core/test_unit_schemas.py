"""What the check of a body reports, and for which field; a second validator must agree."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.core import schemas
from chalicelib.core.errors import InvalidError
from tests.albums.contract import a_body
from tests.support.counting import counted
from tests.support.stage import PROJECT

FILES = sorted((PROJECT / "chalicelib").glob("*/schemas/*.json"))


def pointers(value: Any, schema: str = "albums/new-album") -> list[str]:
    return list(dict.fromkeys(fault["pointer"] for fault in schemas.faults(schema, value)))


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in a_body(1).items() if name not in names}


GOOD = [
    a_body(1),
    a_body(1_000_000, year=1860, title="x" * 200),
    {**a_body(1), "rank": 1.0, "year": 1.999e3},
    a_body(1, title="  spaces around  "),
    a_body(1, title="𝄞" * 200),
    a_body(1, title="."),
    a_body(1, title="日本"),
    a_body(1, title="a\u00a0b"),
]

BAD: list[tuple[Any, list[str]]] = [
    (None, [""]),
    ([], [""]),
    ("album", [""]),
    (7, [""]),
    ({}, ["/artist", "/genre", "/rank", "/title", "/year"]),
    (without("title"), ["/title"]),
    (without("title", "year"), ["/title", "/year"]),
    (a_body(0), ["/rank"]),
    (a_body(-1), ["/rank"]),
    (a_body(1_000_001), ["/rank"]),
    (a_body(10**400, title="T"), ["/rank"]),
    ({**a_body(1), "rank": 1.5}, ["/rank"]),
    ({**a_body(1), "rank": 1e300}, ["/rank"]),
    ({**a_body(1), "rank": float("inf")}, ["/rank"]),
    ({**a_body(1), "rank": True}, ["/rank"]),
    ({**a_body(1), "rank": False}, ["/rank"]),
    ({**a_body(1), "rank": "1"}, ["/rank"]),
    ({**a_body(1), "rank": None}, ["/rank"]),
    ({**a_body(1), "rank": [1]}, ["/rank"]),
    (a_body(1, year=1859), ["/year"]),
    (a_body(1, year=2101), ["/year"]),
    (a_body(1, year=True), ["/year"]),
    (a_body(1, title=""), ["/title"]),
    (a_body(1, title="   "), ["/title"]),
    (a_body(1, title="\u2003\u00a0"), ["/title"]),
    (a_body(1, title="a\n"), ["/title"]),
    (a_body(1, title="\na"), ["/title"]),
    (a_body(1, title="a\nb"), ["/title"]),
    (a_body(1, title="a\tb"), ["/title"]),
    (a_body(1, title="a\x00"), ["/title"]),
    (a_body(1, title="a\x1fb"), ["/title"]),
    (a_body(1, title="a\x7f"), ["/title"]),
    (a_body(1, title="a\ufffd"), ["/title"]),
    (a_body(1, title="x" * 201), ["/title"]),
    (a_body(1, title=7), ["/title"]),
    (a_body(1, artist=None, genre={}, title=[]), ["/artist", "/genre", "/title"]),
    (a_body(1, unknown=1), ["/unknown"]),
    (a_body(1, id="x", version=3), ["/id", "/version"]),
    ({**a_body(1), "a/b~c": 1, "": 2}, ["/", "/a~1b~0c"]),
    ({**a_body(0), "title": "", "more": 1}, ["/more", "/rank", "/title"]),
]


@pytest.mark.parametrize("body", GOOD)
def test_takes(body: Any) -> None:
    assert schemas.faults("albums/new-album", body) == []
    schemas.check("albums/new-album", body)


@pytest.mark.parametrize(("body", "expected"), BAD)
def test_refuses_and_says_where(body: Any, expected: list[str]) -> None:
    assert pointers(body) == expected
    with pytest.raises(InvalidError) as raised:
        schemas.check("albums/new-album", body)
    assert raised.value.errors == schemas.faults("albums/new-album", body)
    assert raised.value.status == 422


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (a_body(0), "must be at least 1"),
        (a_body(1_000_001), "must be at most 1000000"),
        ({**a_body(1), "rank": "1"}, "must be integer"),
        (a_body(1, title="a\n"), "must be one line of readable text that is not blank"),
        (a_body(1, title="x" * 201), "must have at most 200 characters"),
        (without("year"), "is required"),
        (a_body(1, more=1), "is not a known field"),
    ],
)
def test_says_what_is_wrong_in_words(body: Any, detail: str) -> None:
    assert [fault["detail"] for fault in schemas.faults("albums/new-album", body)] == [detail]


def test_names_nothing_that_was_sent() -> None:
    told = str(schemas.faults("albums/new-album", a_body(1, title="secret\n", year="hunter2")))
    assert "secret" not in told and "hunter2" not in told


def test_a_long_unknown_name_is_cut() -> None:
    [fault] = schemas.faults("albums/new-album", a_body(1, **{"x" * 60_000: 1}))
    assert len(fault["pointer"]) < 200


def test_other_shapes() -> None:
    assert pointers([a_body(0)], "albums/album-list") == ["/0/rank"]
    assert pointers([{}] * 2001, "albums/album-rows") == [""]
    assert schemas.faults("albums/album-rows", [None, 1, "x", {}]) == []
    assert pointers({"name": " "}, "account/new-me") == ["/name"]
    me = {"id": "x", "email": "x", "name": "x", "groups": ["curators", "kings"]}
    assert schemas.faults("account/me", me) == [
        {"pointer": "/groups/1", "detail": "must be one of authors or curators"}
    ]


def test_one_file_says_what_is_sent_and_what_is_answered() -> None:
    sent = {"text": "Hello", "clientId": "a-1"}
    answered = {"id": "x", "text": "Hello", "author": {"id": "ada", "name": "Ada"}, "at": "2026-11-26T10:00:00Z"}
    assert schemas.faults("wall/new-post", sent) == schemas.faults("wall/post", answered) == []
    assert pointers({**sent, **answered}, "wall/new-post") == ["/at", "/author", "/id"]
    assert pointers({**sent, **answered}, "wall/post") == ["/clientId"]
    assert pointers({}, "wall/new-post") == ["/clientId", "/text"]
    assert pointers({}, "wall/post") == ["/at", "/author", "/id", "/text"]


def test_an_example_is_shown_as_it_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fields = {"id": {"type": "string", "readOnly": True}, "url": {"type": "string"}}
    thing = {"required": ["id", "url"], "properties": fields, "examples": [{"id": "x", "url": "y"}]}
    (tmp_path / "things/schemas").mkdir(parents=True)
    (tmp_path / "things/schemas/thing.json").write_text(json.dumps(thing))
    monkeypatch.setattr(schemas, "_FEATURES", tmp_path)
    assert schemas.whole("things/thing") == thing
    assert schemas.whole("things/new-thing") == {
        "required": ["url"],
        "properties": {"url": {"type": "string"}},
        "examples": [{"url": "y"}],
    }


@pytest.mark.parametrize("unit", ["a", " ", "\u00a0", "a ", " a", "\n", "\x00", "é", "a\u0301", "𝄞"])
def test_a_long_text_makes_no_more_work_than_a_short_one(unit: str) -> None:
    def refused(times: int) -> int:
        texts = (unit * times, f"{unit * times}\n", f"\n{unit * times}")
        found, calls = counted(lambda: [pointers(a_body(1, title=text)) for text in texts])
        assert found == [["/title"]] * 3
        return calls

    assert refused(60_000) == refused(300)


PATTERNS = sorted(
    {match for path in FILES for match in re.findall(r'"pattern": ("\^\[.*\]\*\$")', path.read_text("utf-8"))}
)


@pytest.mark.parametrize("pattern", [json.loads(text) for text in PATTERNS])
def test_a_character_decides_where_a_repeat_ends(pattern: str) -> None:
    """What follows it takes none of its characters: nothing has to be tried twice."""
    parts = re.findall(r"(\[[^]]+\])(\*?)", pattern)
    assert pattern == f"^{''.join(map(''.join, parts))}$"
    everything = [chr(code) for code in range(0x10000)]
    taken = [{one for one in everything if re.match(part, one)} for part, _ in parts]
    for (_, repeats), here, after in zip(parts, taken, taken[1:], strict=False):
        assert not repeats or not here & after


# Python and ECMAScript disagree on whether these two are whitespace.
letters = some.characters(exclude_categories=["Cs"], exclude_characters="\x85\ufeff")
numbers = some.integers() | some.floats(allow_nan=False, allow_infinity=False)
json_values = some.recursive(
    some.none() | some.booleans() | numbers | some.text(letters),
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(some.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
texts = some.text(letters, min_size=1, max_size=5) | some.sampled_from(["Blue", " x ", "\u2028", "\x7f", "a\n"])
nearly_albums = some.fixed_dictionaries(
    {
        "rank": some.integers(0, 3) | some.sampled_from([1.0, 1.5, True, 1_000_000, 1_000_001]) | json_values,
        "title": texts | json_values,
        "artist": texts,
        "year": some.sampled_from([1859, 1860, 2100, 2101, 2000.0]),
        "genre": texts,
    },
    optional={"more": json_values},
)


@given(nearly_albums | json_values)
def test_agrees_with_another_validator(value: Any) -> None:
    other = jsonschema_rs.Draft202012Validator(schemas.whole("albums/new-album"))
    assert (schemas.faults("albums/new-album", value) == []) == other.is_valid(value)
