"""SSML: whether Polly would accept a text, what of it is said, and what eSpeak reads."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from laptop.speech.errors import ServiceError

_TAGS = {
    "speak", "break", "emphasis", "lang", "mark", "p", "phoneme", "prosody", "s", "say-as", "sub", "w",
    "amazon-auto-breaths", "amazon-breath", "amazon-domain", "amazon-effect",
}  # fmt: skip
_PREFIX = re.compile(r"(</?)amazon:")


def parsed(text: str) -> ElementTree.Element:
    if "<!" in text or "<?" in text:
        raise _invalid()
    try:
        root = ElementTree.fromstring(_PREFIX.sub(r"\1amazon-", text))
    except (ElementTree.ParseError, ValueError):
        raise _invalid() from None
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    if root.tag.rpartition("}")[2] != "speak" or not tags <= _TAGS:
        raise _invalid()
    return root


def said(root: ElementTree.Element) -> str:
    return "".join(root.itertext())


def _invalid() -> ServiceError:
    return ServiceError("InvalidSsmlException", "Invalid SSML request")
