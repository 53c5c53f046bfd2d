"""Conversion between DynamoDB's typed attribute values and plain Python values."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def plain(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """`{"rank": {"N": "1"}}` → `{"rank": 1}`"""
    # Most attributes are strings: worth a shortcut.
    return {name: value["S"] if "S" in value else _read(value) for name, value in item.items()}


def typed(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`{"rank": 1}` → `{"rank": {"N": "1"}}`"""
    return {name: _written(value) for name, value in values.items()}


def _read(value: Mapping[str, Any]) -> Any:
    [(kind, held)] = value.items()
    if kind == "N":
        return _number(held)
    if kind in ("S", "BOOL", "B"):
        return held
    if kind == "NULL":
        return None
    if kind == "L":
        return [_read(each) for each in held]
    if kind == "M":
        return plain(held)
    if kind == "SS":
        return set(held)
    raise TypeError(f"attribute values of type {kind} are not used here")


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        number = Decimal(text)
        return int(number) if number == number.to_integral_value() else float(number)


def _written(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float | Decimal):
        return {"N": str(value)}
    if value is None:
        return {"NULL": True}
    if isinstance(value, Mapping):
        return {"M": typed(value)}
    if isinstance(value, list | tuple):
        return {"L": [_written(each) for each in value]}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, set | frozenset):
        return {"SS": sorted(value)}
    raise TypeError(f"DynamoDB has no attribute value for a {type(value).__name__}")
