"""Amazon Polly: `SynthesizeSpeech` and `DescribeVoices`, with its limits and refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from laptop.speech import espeak, mp3, ssml
from laptop.speech.errors import ServiceError, invalid, text_of
from laptop.speech.voices import VOICES, Language, Voice

LONGEST = 6000
LONGEST_BILLED = 3000
_RATES = ("8000", "16000", "22050", "24000", "44100", "48000")
_OWN_RATE = {"standard": "22050", "neural": "24000"}
_FORMATS = ("json", "mp3", "ogg_opus", "ogg_vorbis", "pcm", "mulaw", "alaw")
_ENGINES = ("standard", "neural", "long-form", "generative")
Speak = Callable[..., bytes]


@dataclass(frozen=True)
class Speech:
    audio: bytes
    characters: int


def synthesize(request: dict[str, Any], speak: Speak) -> Speech:
    voice = _voice(request)
    language = _language(request, voice)
    engine = _engine(request, voice)
    rate = _rate(request, engine)
    _check_format(request)
    if request.get("LexiconNames"):
        raise ServiceError("LexiconNotFoundException", "Lexicon not found", 404)
    text, is_ssml, billed = _text(request)
    samples = speak(text, language.espeak, voice.variant, ssml=is_ssml)
    return Speech(mp3.encoded(samples, espeak.RATE, rate), billed)


def voices(query: dict[str, str]) -> dict[str, Any]:
    engine, code = query.get("Engine"), query.get("LanguageCode")
    more = query.get("IncludeAdditionalLanguageCodes") == "true"
    return {
        "Voices": [
            _described(voice)
            for voice in VOICES.values()
            if (not engine or engine in voice.engines)
            and (not code or voice.language.code == code or (more and voice.speaks(code)))
        ]
    }


def _described(voice: Voice) -> dict[str, Any]:
    also = {"AdditionalLanguageCodes": [language.code for language in voice.also]} if voice.also else {}
    return {
        "Id": voice.id,
        "Name": voice.id,
        "Gender": voice.gender,
        "LanguageCode": voice.language.code,
        "LanguageName": voice.language.name,
        "SupportedEngines": list(voice.engines),
        **also,
    }


def _voice(request: dict[str, Any]) -> Voice:
    name = text_of(request, "VoiceId")
    if name not in VOICES:
        raise invalid("voiceId", name, f"Member must satisfy enum value set: [{', '.join(sorted(VOICES))}]")
    return VOICES[name]


def _language(request: dict[str, Any], voice: Voice) -> Language:
    code = text_of(request, "LanguageCode", voice.language.code)
    language = voice.speaks(code)
    if not language:
        raise ServiceError("LanguageNotSupportedException", f"This voice does not support the language: {code}")
    return language


def _engine(request: dict[str, Any], voice: Voice) -> str:
    engine = text_of(request, "Engine", "standard")
    if engine not in _ENGINES:
        raise invalid("engine", engine, f"Member must satisfy enum value set: [{', '.join(_ENGINES)}]")
    if engine not in voice.engines:
        raise ServiceError("EngineNotSupportedException", f"This voice does not support the selected engine: {engine}")
    return engine


def _rate(request: dict[str, Any], engine: str) -> int:
    rate = text_of(request, "SampleRate", _OWN_RATE[engine])
    if rate not in _RATES:
        raise ServiceError("InvalidSampleRateException", f"The sample rate must be one of {', '.join(_RATES)}")
    return int(rate)


def _check_format(request: dict[str, Any]) -> None:
    wanted = text_of(request, "OutputFormat")
    if wanted not in _FORMATS:
        raise invalid("outputFormat", wanted, f"Member must satisfy enum value set: [{', '.join(_FORMATS)}]")
    if request.get("SpeechMarkTypes") and wanted != "json":
        raise ServiceError("MarksNotSupportedForFormatException", "Speech marks are only available in the format json")
    if wanted != "mp3":
        raise invalid("outputFormat", wanted, "The engines on this machine only produce mp3")


def _text(request: dict[str, Any]) -> tuple[str, bool, int]:
    """What is read, whether it is SSML, and how many characters are charged: markup is free."""
    kind, text = text_of(request, "TextType", "text"), text_of(request, "Text")
    if kind not in ("text", "ssml"):
        raise invalid("textType", kind, "Member must satisfy enum value set: [ssml, text]")
    if len(text) > LONGEST:
        raise _too_long()
    billed = len(ssml.said(ssml.parsed(text))) if kind == "ssml" else len(text)
    if billed > LONGEST_BILLED:
        raise _too_long()
    return text, kind == "ssml", billed


def _too_long() -> ServiceError:
    return ServiceError("TextLengthExceededException", "Maximum text length has been exceeded")
