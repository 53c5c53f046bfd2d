"""JSON Schemas of bodies: `albums/album` is `chalicelib/albums/schemas/album.json`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.core.errors import BadRequestError, FieldError, InvalidError

Schema = dict[str, Any]
_FEATURES = Path(__file__).resolve().parent.parent

_WORDS = {
    "type": "must be {}",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} entries",
    "maxItems": "must have at most {} entries",
    "enum": "must be one of {}",
    "format": "must be a valid {}",
}
_UNKNOWN = "is not a known field"
_made: dict[str, Callable[[], Schema]] = {}
# At most this many faults are reported: longer lists help nobody.
MOST_FAULTS = 20


def made(name: str) -> Callable[[Callable[[], Schema]], Callable[[], Schema]]:
    """A schema that no file has, because features contribute to it: its references are those of such a file."""

    def declare(make: Callable[[], Schema]) -> Callable[[], Schema]:
        _made[name] = make
        return make

    return declare


@cache
def read(name: str) -> Schema:
    """The file, with its references as written, and without what is `writeOnly`. Two need no file of their own:

    `thing-page` is a page of `thing`, and `new-thing` is a `thing` as it is sent to us: without what is `readOnly`.
    """
    if name in _made:
        return _made[name]()
    feature, _, schema = name.partition("/")
    if schema.endswith("-page"):
        return _page_of(schema.removesuffix("-page"))
    if schema.startswith("new-") and not _file(name).exists():
        return _without("readOnly", _read(f"{feature}/{schema.removeprefix('new-')}"))
    return _without("writeOnly", _read(name))


def _read(name: str) -> Schema:
    content: Schema = json.loads(_file(name).read_text("utf-8"))
    return content


def _without(mark: str, schema: Schema) -> Schema:
    marked = {field for field, each in schema.get("properties", {}).items() if each.get(mark)}
    if not marked:
        return schema
    kept = {field: each for field, each in schema["properties"].items() if field not in marked}
    required = [field for field in schema["required"] if field in kept]
    examples = [{field: example[field] for field in kept} for example in schema.get("examples", [])]
    return {**schema, "required": required, "properties": kept, **({"examples": examples} if examples else {})}


def _page_of(thing: str) -> Schema:
    further = {"type": ["string", "null"], "description": "asks for the next page; null on the last one"}
    return {
        "type": "object",
        "required": ["items", "next"],
        "additionalProperties": False,
        "properties": {"items": {"type": "array", "items": {"$ref": f"{thing}.json"}}, "next": further},
    }


@cache
def whole(name: str) -> Schema:
    """The schema with each reference replaced by its target."""
    result: Schema = resolve(read(name), name, whole)
    return result


def resolve(node: Any, name: str, replace: Callable[[str], Any]) -> Any:
    """Replace references to files by replace("feature/other"), and references into files by what they point to."""
    if isinstance(node, list):
        return [resolve(entry, name, replace) for entry in node]
    if not isinstance(node, dict):
        return node
    if "$ref" not in node:
        return {key: resolve(value, name, replace) for key, value in node.items()}
    target, _, pointer = node["$ref"].partition("#")
    file = Path(os.path.normpath(_file(name).parent / target))
    other = f"{file.parent.parent.name}/{file.stem}"
    beside = {key: value for key, value in node.items() if key != "$ref"}
    return {**(_at(whole(other), pointer) if pointer else replace(other)), **beside}


def _file(name: str) -> Path:
    feature, _, schema = name.partition("/")
    return _FEATURES / feature / "schemas" / f"{schema}.json"


def _at(node: Any, pointer: str) -> Any:
    for key in pointer.strip("/").split("/"):
        node = node[key]
    return node


def from_json(text: str | bytes) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_such_number)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is not text
        return value
    except (ValueError, RecursionError):
        raise BadRequestError("The body is not JSON.") from None


def _no_such_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def check(name: str, value: Any) -> None:
    """Raise an InvalidError that names each invalid field."""
    if errors := faults(name, value):
        raise InvalidError("The body does not match this route's schema.", errors)


def faults(name: str, value: Any, most: int = MOST_FAULTS) -> list[FieldError]:
    """Sorted by pointer; if there are very many, only the first, and how many more."""
    named: list[FieldError] = []
    unnamed = _oversized(whole(name), value, "", named)
    if named or unnamed:
        return _first(named, unnamed, most)
    from fastjsonschema import JsonSchemaValuesException  # imported only for requests with a body

    try:
        _validator(name)(value)
    except JsonSchemaValuesException as failure:
        found = sorted((fault for each in failure.errors for fault in _in_words(each)), key=lambda f: f["pointer"])
        return _first(found, 0, most)
    return []


def _first(named: list[FieldError], unnamed: int, most: int) -> list[FieldError]:
    more = unnamed + max(0, len(named) - most)
    return [*named[:most], *([FieldError(pointer="", detail=f"and {more} more")] if more else [])]


def _oversized(schema: Schema, value: Any, at: str, named: list[FieldError]) -> int:
    """Name or count lists that are too long and objects with too many unknown fields, without looking inside.

    The validator reports every entry and every field, so it must only see what is small.
    """
    if isinstance(value, list) and schema.get("type") == "array":
        most = schema.get("maxItems", len(value))
        if len(value) > most:
            named.append({"pointer": at, "detail": _WORDS["maxItems"].format(most)})
            return 0
        return sum(_oversized(schema["items"], entry, f"{at}/{number}", named) for number, entry in enumerate(value))
    if not isinstance(value, dict) or "properties" not in schema:
        return 0
    known = schema["properties"]
    unknown = [field for field in value if field not in known] if schema.get("additionalProperties") is False else []
    if len(unknown) > MOST_FAULTS:
        room = max(0, MOST_FAULTS - len(named))
        named += [{"pointer": f"{at}/{_escaped(field)}", "detail": _UNKNOWN} for field in unknown[:room]]
        return len(unknown[room:])
    return sum(_oversized(known[field], value[field], f"{at}/{field}", named) for field in value if field in known)


@cache
def _validator(name: str) -> Callable[[Any], Any]:
    from fastjsonschema import compile

    validator: Callable[[Any], Any] = compile(whole(name), use_default=False, fast_fail=False)
    return validator


def _in_words(failure: Any) -> list[FieldError]:
    """The library reports missing and unknown fields at their object; a form wants them at the field."""
    at = "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in failure.path[1:])
    if failure.rule == "required":
        missing = [field for field in failure.rule_definition if field not in failure.value]
        return [{"pointer": f"{at}/{field}", "detail": "is required"} for field in missing]
    if failure.rule == "additionalProperties":
        unknown = [field for field in failure.value if field not in failure.definition.get("properties", {})]
        return [{"pointer": at + "/" + _escaped(field), "detail": _UNKNOWN} for field in unknown]
    if failure.rule == "pattern":
        return [{"pointer": at, "detail": failure.definition.get("description", f"must fit {failure.rule_definition}")}]
    return [{"pointer": at, "detail": _WORDS.get(failure.rule, "is not valid").format(_named(failure.rule_definition))}]


def _escaped(field: str) -> str:
    return re.sub("[~/]", lambda match: "~0" if match[0] == "~" else "~1", field[:50])


def _named(definition: Any) -> str:
    return " or ".join(map(str, definition)) if isinstance(definition, list) else str(definition)
