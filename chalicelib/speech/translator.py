"""As much of Amazon Translate as we need: one part of a text at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.core import aws
from chalicelib.speech.jobs import HopelessError
from chalicelib.speech.texts import apart
from chalicelib.speech.voices import family, name_of

MOST_BYTES = 10_000


@dataclass(frozen=True)
class Translator:
    translate: Any

    def translated(self, text: str, source: str, target: str) -> tuple[str, str]:
        """The translation, and the text's language; a text that needs no translation is returned as it is."""
        before, core, behind = apart(text)
        if not core:
            return text, source
        try:
            answer = self.translate.translate_text(Text=core, SourceLanguageCode=source, TargetLanguageCode=target)
        except aws.Failure as failure:
            return text, _found_the_same(failure, target)
        return before + answer["TranslatedText"] + behind, answer["SourceLanguageCode"]


def _found_the_same(failure: Exception, target: str) -> str:
    """The detected language, if it is the target; otherwise raises the failure."""
    code, found = aws.code_of(failure), aws.field_of(failure, "SourceLanguageCode")
    if code == "UnsupportedLanguagePairException":
        if found and family(found) == family(target):
            return found
        raise HopelessError(_no_pair(failure, found, target), found) from failure
    if code == "DetectedLanguageLowConfidenceException":
        raise HopelessError(_unsure(aws.field_of(failure, "DetectedLanguageCode"))) from failure
    if code in ("InvalidRequestException", "TextSizeLimitExceededException"):
        raise HopelessError("This text can't be translated.") from failure
    raise failure


def _no_pair(failure: Exception, found: str, target: str) -> str:
    """Includes the service's message, which says what would help."""
    languages = f"from {name_of(found)} into" if found else "into"
    return f"There is no translation {languages} {name_of(target)}. {aws.message_of(failure)}".strip()


def _unsure(found: str) -> str:
    guess = f" It may be {name_of(found)}." if found else ""
    return f"We can't tell the language of this text for sure.{guess} Choose it yourself."
