"""DynamoDB queries parse their key condition once, not once per item of the partition."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from ministack.services import dynamodb

from laptop.embedded.patching import Function, patch

COMPARE = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
Item = dict[str, Any]
Test = Callable[[Item], bool]


@patch(dynamodb, "_evaluate_condition")
def read_once(
    original: Function, expression: str, item: Item, values: Any, names: Any, slot: str = "ConditionExpression"
) -> Any:
    if slot != "KeyConditionExpression":
        return original(expression, item, values, names, slot)
    if not _Latest.is_of(expression, values, names):
        original(expression, item, values, names, slot)  # raises if it is invalid
        _Latest.question = expression, values, names
        _Latest.test = _test(expression, values, names)
    return _Latest.test(item)


class _Latest:
    """The current query's condition; queries are handled one by one."""

    question: tuple[Any, Any, Any] = ("", None, None)
    test: Test

    @classmethod
    def is_of(cls, expression: str, values: Any, names: Any) -> bool:
        known, known_values, known_names = cls.question
        return expression == known and values is known_values and names is known_names


def _test(expression: str, values: Any, names: Any) -> Test:
    tokens = dynamodb._tokenize(expression)
    return _quick_test([text for _, text in tokens[:-1]], values, names or {}) or (
        lambda item: bool(dynamodb._ExprEval(tokens, item, values, names).evaluate())
    )


def _quick_test(words: list[str], values: Any, names: Any) -> Test | None:
    """A test for `hash = :h [AND ...]` on text keys; None for any other form."""
    refs = [values[word] for word in words if word.startswith(":")]
    if len(words) < 3 or any(set(value) != {"S"} for value in refs):
        return None
    text = {word: values[word]["S"] for word in words if word.startswith(":")}
    head = _part(words[:3], text, names)
    if head is None or len(words) == 3:
        return head
    tail = _part(words[4:], text, names)
    return (lambda item: head(item) and tail(item)) if tail and words[3].upper() == "AND" else None


def _part(words: list[str], text: dict[str, str], names: Any) -> Test | None:
    match words:
        case [name, sign, ref] if sign in COMPARE:
            key, compare, limit = names.get(name, name), COMPARE[sign], text[ref]
            return lambda item: bool(compare(item[key]["S"], limit))
        case ["begins_with", "(", name, ",", ref, ")"]:
            key, prefix = names.get(name, name), text[ref]
            return lambda item: bool(item[key]["S"].startswith(prefix))
        case [name, "BETWEEN" | "between", low, "AND" | "and", high]:
            key, least, most = names.get(name, name), text[low], text[high]
            return lambda item: bool(least <= item[key]["S"] <= most)
    return None
