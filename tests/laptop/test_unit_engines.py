"""Behind Polly and Translate on the laptop: translation paths, voices, and what counts as SSML."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from botocore.loaders import Loader

from laptop.speech import apertium, ssml, translate
from laptop.speech.errors import ServiceError
from laptop.speech.voices import VOICES

ENVIRONMENT = Path(__file__).resolve().parents[2] / "bin" / ".environment"
ALL = {mode for mode, _ in apertium.PAIRS.values()}


@pytest.mark.parametrize(
    ("source", "target", "modes"),
    [
        ("en", "es", ["eng-spa"]),
        ("en", "ca", ["eng-cat"]),
        ("en", "fr", ["eng-spa", "es-fr"]),
        ("it", "pt-PT", ["ita-spa", "es-pt"]),
    ],
)
def test_a_way_from_one_language_to_another(source: str, target: str, modes: list[str]) -> None:
    assert apertium.route(source, target, ALL) == modes


def test_a_detour_where_the_direct_pair_is_missing() -> None:
    assert apertium.route("en", "ca", ALL - {"eng-cat"}) == ["eng-spa", "spa-cat"]


@pytest.mark.parametrize(
    ("source", "target", "modes", "packages"),
    [
        ("en", "es", set(), ["apertium-eng-spa"]),
        ("en", "ca", {"spa-cat"}, ["apertium-eng-cat"]),
        ("en", "fr", set(), ["apertium-eng-spa", "apertium-fr-es"]),
        ("en", "fr", {"eng-spa"}, ["apertium-fr-es"]),
        ("en", "de", ALL, []),
    ],
)
def test_packages_that_would_open_a_way(source: str, target: str, modes: set[str], packages: list[str]) -> None:
    with pytest.raises(apertium.NoRouteError) as missing:
        apertium.route(source, target, modes)
    assert missing.value.packages == packages


def test_a_machine_without_apertium(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It says what to install, and returns a text that is already in the target language."""
    monkeypatch.setenv("PATH", str(tmp_path))
    german = {"Text": "Wir sehen uns morgen im Museum wieder.", "SourceLanguageCode": "auto"}
    answer = translate.translate_text({**german, "TargetLanguageCode": "de"})
    assert (answer["TranslatedText"], answer["SourceLanguageCode"]) == (german["Text"], "de")
    with pytest.raises(ServiceError, match="apt-get install apertium apertium-eng-spa apertium-fr-es") as refused:
        translate.translate_text({"Text": "Hello", "SourceLanguageCode": "en", "TargetLanguageCode": "fr"})
    assert refused.value.code == "UnsupportedLanguagePairException"
    with pytest.raises(ServiceError, match="no Debian package"):
        translate.translate_text({**german, "TargetLanguageCode": "en"})


def test_what_is_installed_is_what_is_used() -> None:
    text = ENVIRONMENT.read_text("utf-8")
    listed = text.partition("for package in ")[2].partition(";")[0].split()
    assert sorted(listed) == sorted({"apertium", *(package for _, package in apertium.PAIRS.values())})
    assert subprocess.run(["bash", "-n", ENVIRONMENT], timeout=10).returncode == 0


def test_voices_are_such_as_polly_has() -> None:
    shapes = Loader().load_service_model("polly", "service-2")["shapes"]
    assert VOICES.keys() <= set(shapes["VoiceId"]["enum"])
    spoken = {language.code for voice in VOICES.values() for language in (voice.language, *voice.also)}
    assert spoken <= set(shapes["LanguageCode"]["enum"])
    assert all(voice.engines for voice in VOICES.values())
    assert (VOICES["Joanna"].language.espeak, VOICES["Joanna"].variant) == ("gmw/en-US", "f2"), "the clearest English"


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "<speak>open",
        "<p>not a speech</p>",
        "<speak><script>no</script></speak>",
        "<speak>a & b</speak>",
        '<!DOCTYPE speak [<!ENTITY a "b">]><speak>&a;</speak>',
        "<speak>\0</speak>",
        "",
    ],
)
def test_no_ssml(text: str) -> None:
    with pytest.raises(ServiceError) as refused:
        ssml.parsed(text)
    assert refused.value.code == "InvalidSsmlException"


def test_ssml_is_charged_for_what_is_said() -> None:
    text = '<speak>Hello <break time="1s"/><amazon:effect name="whispered">you &amp; me</amazon:effect></speak>'
    assert ssml.said(ssml.parsed(text)) == "Hello you & me"
