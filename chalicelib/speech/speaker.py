"""As much of Amazon Polly as we need: one piece of a text at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.core import aws
from chalicelib.speech.jobs import HopelessError
from chalicelib.speech.voices import Voice

MOST_CHARACTERS = 3_000
# Polly takes eight texts a second from an account's neural voices; the lease on a text lasts longer than this.
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
_VOICE_REFUSED = ("EngineNotSupportedException", "LanguageNotSupportedException")
_TEXT_REFUSED = ("InvalidSsmlException", "TextLengthExceededException", "ValidationException")


@dataclass(frozen=True)
class Speaker:
    polly: Any
    sleep: Callable[[float], None] = time.sleep

    def spoken(self, text: str, voice: Voice) -> bytes:
        """The text as MP3. Anything that looks like markup is read as text."""
        try:
            answer = aws.patiently(
                lambda: self.polly.synthesize_speech(
                    Engine=voice.engine, OutputFormat="mp3", Text=text, TextType="text", VoiceId=voice.id
                ),
                _PAUSES,
                self.sleep,
            )
        except aws.Failure as failure:
            if aws.code_of(failure) in _VOICE_REFUSED:
                raise HopelessError(f"{voice.name} is not available here: choose another voice.") from failure
            if aws.code_of(failure) in _TEXT_REFUSED:
                raise HopelessError("This text can't be spoken.") from failure
            raise
        sound: bytes = answer["AudioStream"].read()
        return sound
