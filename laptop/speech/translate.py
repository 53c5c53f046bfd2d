"""Amazon Translate: `TranslateText`, with its limits and refusals."""

from __future__ import annotations

from typing import Any

from laptop.speech import apertium, detection
from laptop.speech.errors import ServiceError, invalid, text_of

LONGEST = 10_000
CONFIDENT = 0.25  # below it more guesses are wrong than right

# Variants that Apertium does not distinguish.
_SAME = {"es-MX": "es", "fr-CA": "fr"}


def translate_text(request: dict[str, Any]) -> dict[str, Any]:
    text = _text(request)
    source = _code(request, "SourceLanguageCode")
    target = _code(request, "TargetLanguageCode")
    if request.get("TerminologyNames"):
        raise ServiceError("ResourceNotFoundException", "Terminologies are not supported on this machine")
    if target == "auto":
        raise ServiceError("InvalidRequestException", "The target language is missing")
    if source == "auto":
        source = _detected(text)
    return {
        "TranslatedText": _translated(text, source, target),
        "SourceLanguageCode": source,
        "TargetLanguageCode": target,
    }


def _text(request: dict[str, Any]) -> str:
    text = text_of(request, "Text")
    size = len(text.encode("utf-8", "replace"))
    if not size:
        raise invalid("text", "", "Member must have length greater than or equal to 1")
    if size > LONGEST:
        raise ServiceError(
            "TextSizeLimitExceededException",
            f"Input text size exceeds limit. Max length of request text allowed is {LONGEST} bytes while in this "
            f"request the text size is {size} bytes",
        )
    return text


def _code(request: dict[str, Any], name: str) -> str:
    code = text_of(request, name)
    if not 2 <= len(code) <= 5:
        raise invalid(name[0].lower() + name[1:], code, "Member must have length between 2 and 5")
    return code


def _detected(text: str) -> str:
    language, confidence = detection.detected(text)
    if confidence < CONFIDENT:
        raise ServiceError(
            "DetectedLanguageLowConfidenceException",
            f"The source language may be {language}, but this is uncertain: name it, or send more text",
            DetectedLanguageCode=language,
        )
    return language


def _translated(text: str, source: str, target: str) -> str:
    start = "pt" if source == "pt-PT" else _SAME.get(source, source)
    goal = _SAME.get(target, target)
    if start == goal or source == target:
        return text
    try:
        return apertium.translated(text, start, goal)
    except apertium.NoRouteError as error:
        raise ServiceError(
            "UnsupportedLanguagePairException",
            f"Unsupported language pair: {source} to {target}. {_remedy(error.packages)}",
            SourceLanguageCode=source,
            TargetLanguageCode=target,
        ) from None


def _remedy(packages: list[str]) -> str:
    if not packages:
        return "Apertium, which translates on this machine, has no Debian package for it."
    wanted = packages if apertium.is_there() else ["apertium", *packages]
    return f"These Debian packages would add it: apt-get install {' '.join(wanted)}"
