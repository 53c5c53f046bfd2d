"""Polly and Translate on the laptop, through stock clients: what they answer, what they refuse, and to whom."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from laptop.speech import SpeechServer
from tests.laptop.embedded_support import package, unique
from tests.speech import mp3
from tests.speech.hearing import SENTENCES, Listener
from tests.support.cloud import root
from tests.support.stage import PROJECT, RunningStage, environment_of, free_port, until

SENTENCE = "Good morning. The weather is very nice today."


def client(stage: RunningStage, service: str, **keys: str) -> Any:
    environment = environment_of(stage)
    return boto3.client(
        service,
        endpoint_url=environment[f"AWS_ENDPOINT_URL_{service.upper()}"],
        region_name=environment["AWS_REGION"],
        config=Config(retries={"total_max_attempts": 1}),
        **{
            "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
            **keys,
        },
    )


@pytest.fixture(scope="module")
def polly(stage: RunningStage) -> Any:
    return client(stage, "polly")


@pytest.fixture(scope="module")
def translate(stage: RunningStage) -> Any:
    return client(stage, "translate")


def speak(polly: Any, text: str, **options: str) -> bytes:
    answer = polly.synthesize_speech(**{"Text": text, "VoiceId": "Joanna", "OutputFormat": "mp3", **options})
    assert answer["ContentType"] == "audio/mpeg"
    audio: bytes = answer["AudioStream"].read()
    return audio


def seconds(audio: bytes) -> float:
    return mp3.read(audio).seconds


# Speaking


@pytest.mark.parametrize(
    ("options", "rate"),
    [
        ({}, 22050),
        ({"Engine": "neural"}, 24000),
        ({"SampleRate": "8000"}, 8000),
        ({"Engine": "neural", "SampleRate": "48000"}, 48000),
    ],
)
def test_audio_has_the_rate_that_is_asked_for(polly: Any, options: dict[str, str], rate: int) -> None:
    audio = speak(polly, "It is a quarter past seven, and the kettle is on the stove.", **options)
    found = mp3.read(audio)
    assert found.rate == rate
    assert 2.5 < found.seconds < 6
    assert abs(len(mp3.samples(audio, 16000)) / 32000 - found.seconds) < 0.2, "a player hears all of it"


def test_what_is_said_is_charged_and_takes_its_time(polly: Any) -> None:
    once = "She works as a doctor in a small hospital near the river. "
    answer = polly.synthesize_speech(Text=once * 50, VoiceId="Matthew", OutputFormat="mp3", Engine="neural")
    assert answer["RequestCharacters"] == len(once * 50) == 2900
    assert 0.9 < seconds(answer["AudioStream"].read()) / (50 * seconds(speak(polly, once, VoiceId="Matthew"))) < 1.1


def test_markup_in_a_text_is_spoken_and_ssml_is_obeyed(polly: Any) -> None:
    text = "<speak>One <break time='8s'/> two</speak>"
    plain, spoken, obeyed = (
        seconds(speak(polly, given, TextType=kind))
        for given, kind in (("One two", "text"), (text, "text"), (text, "ssml"))
    )
    assert plain + 1 < spoken < 8 < obeyed < 12
    slow = "\x0120S One two, one two"  # eSpeak's own way to change the speed within a text
    assert seconds(speak(polly, slow)) < seconds(speak(polly, "120 S One two, one two")) + 1


def test_each_voice_in_its_language_at_once(polly: Any) -> None:
    """Voices that speak at the same time don't interfere."""
    said = {"Joanna": "Good evening.", "Amy": "Good evening.", "Lucia": "Buenas tardes.", "Lea": "Bonsoir, madame."}
    said |= {"Vicki": "Guten Abend.", "Bianca": "Buonasera.", "Ines": "Boa tarde.", "Matthew": "Good evening."}
    alone = {voice: seconds(speak(polly, text, VoiceId=voice)) for voice, text in said.items()}
    with ThreadPoolExecutor(8) as pool:
        spoken = pool.map(lambda voice: (voice, speak(polly, said[voice], VoiceId=voice)), list(said) * 3)
        for voice, audio in spoken:
            assert abs(seconds(audio) - alone[voice]) < 0.2, voice


def test_voices_are_described(polly: Any) -> None:
    spanish = polly.describe_voices(LanguageCode="es-ES", Engine="neural")["Voices"]
    assert {voice["Id"] for voice in spanish} == {"Lucia", "Sergio"}
    hindi = polly.describe_voices(LanguageCode="hi-IN", IncludeAdditionalLanguageCodes=True)["Voices"]
    assert {voice["Id"] for voice in hindi} == {"Aditi", "Kajal"}
    assert seconds(speak(polly, "नमस्ते", VoiceId="Aditi", LanguageCode="hi-IN")) > 0.3


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"Text": "a" * 3001}, "TextLengthExceededException"),
        ({"Text": f"<speak>{'<break/>' * 750}</speak>", "TextType": "ssml"}, "TextLengthExceededException"),
        ({"Text": "<speak>open", "TextType": "ssml"}, "InvalidSsmlException"),
        ({"LanguageCode": "fr-FR"}, "LanguageNotSupportedException"),
        ({"Engine": "long-form"}, "EngineNotSupportedException"),
        ({"VoiceId": "Olivia"}, "EngineNotSupportedException"),
        ({"SampleRate": "12345"}, "InvalidSampleRateException"),
        ({"LexiconNames": ["mine"]}, "LexiconNotFoundException"),
        ({"SpeechMarkTypes": ["word"]}, "MarksNotSupportedForFormatException"),
        ({"VoiceId": "Nobody"}, "ValidationException"),
        ({"Engine": "best"}, "ValidationException"),
        ({"OutputFormat": "wav"}, "ValidationException"),
        ({"TextType": "html"}, "ValidationException"),
    ],
)
def test_polly_refuses(polly: Any, options: dict[str, Any], code: str) -> None:
    kind = getattr(polly.exceptions, code) if hasattr(polly.exceptions, code) else ClientError
    with pytest.raises(kind) as refused:
        polly.synthesize_speech(**{"Text": "Hello", "VoiceId": "Joanna", "OutputFormat": "mp3", **options})
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["Error"]["Message"]


# Understanding


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Listener:
    return Listener(tmp_path_factory.mktemp("hearing"))


@pytest.mark.parametrize("sentence", [SENTENCES[0], SENTENCES[6], SENTENCES[11]])
def test_a_sentence_is_recognised_among_fourteen(polly: Any, listener: Listener, sentence: str) -> None:
    assert listener.hear(speak(polly, f"{sentence.capitalize()}.", Engine="neural")) == sentence


def test_nothing_is_heard_where_it_is_not_said(polly: Any, listener: Listener) -> None:
    assert listener.hear(speak(polly, "La biblioteca abre a las nueve de la mañana.", VoiceId="Lucia")) is None
    assert listener.hear(speak(polly, "<speak><break time='3s'/></speak>", TextType="ssml")) is None


# Translating


@pytest.mark.parametrize(
    ("text", "source", "target", "words"),
    [
        (SENTENCE, "auto", "es", {"buenos", "días", "tiempo", "hoy"}),
        ("Buenos días. Mi hermano tiene dos gatos.", "es", "en", {"good", "morning", "brother", "two", "cats"}),
        (SENTENCE, "en", "fr", {"bonjour", "temps", "aujourd'hui"}),
        ("Mio fratello ha due gatti.", "it", "pt", {"irmão", "dois", "gatos"}),
        ("My brother has two cats.", "en", "ca", {"germà", "dos", "gats"}),
    ],
)
def test_a_translation_holds_its_words(translate: Any, text: str, source: str, target: str, words: set[str]) -> None:
    answer = translate.translate_text(Text=text, SourceLanguageCode=source, TargetLanguageCode=target)
    assert words <= {word.strip(".").lower() for word in answer["TranslatedText"].split()}, answer["TranslatedText"]
    assert (answer["SourceLanguageCode"], answer["TargetLanguageCode"]) == (source.replace("auto", "en"), target)


def test_a_text_that_needs_no_translation(translate: Any) -> None:
    text = "Wir sehen uns morgen wieder im Museum,\n\x00 ja?"
    answer = translate.translate_text(Text=text, SourceLanguageCode="auto", TargetLanguageCode="de")
    assert (answer["TranslatedText"], answer["SourceLanguageCode"]) == (text, "de")


def test_the_longest_text_is_translated_to_its_end(translate: Any) -> None:
    text = "The sun is red. " * 620 + "[A cat\x00 with $3 & <b> ^one$ \\ {two} €.]\n\nThe end."
    assert 9900 < len(text.encode()) <= 10_000
    answer = translate.translate_text(Text=text, SourceLanguageCode="en", TargetLanguageCode="es")["TranslatedText"]
    assert answer.count("sol") == 620 and answer.rstrip().endswith(".")
    assert all(mark in answer.rpartition("sol")[2] for mark in ("[", "$3 & <b>", "^", "$", "\\", "{", "€", "]\n\n"))


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        ({"Text": "é" * 5001}, "TextSizeLimitExceededException", "10002 bytes"),
        ({"TargetLanguageCode": "de"}, "UnsupportedLanguagePairException", "en to de"),
        ({"Text": "ok", "SourceLanguageCode": "auto"}, "DetectedLanguageLowConfidenceException", "uncertain"),
        ({"TargetLanguageCode": "auto"}, "InvalidRequestException", "target"),
        ({"TerminologyNames": ["mine"]}, "ResourceNotFoundException", "Terminologies"),
        ({"TargetLanguageCode": "Spanish"}, "ValidationException", "targetLanguageCode"),
    ],
)
def test_translate_refuses(translate: Any, options: dict[str, Any], code: str, says: str) -> None:
    kind = getattr(translate.exceptions, code) if hasattr(translate.exceptions, code) else ClientError
    with pytest.raises(kind, match=says) as refused:
        translate.translate_text(**{"Text": "Hello", "SourceLanguageCode": "en", "TargetLanguageCode": "es", **options})
    assert refused.value.response["Error"]["Code"] == code


# Who may


def test_a_wrong_signature_is_refused(stage: RunningStage) -> None:
    for service, call in (
        ("polly", lambda it: speak(it, "Hello")),
        ("translate", lambda it: it.translate_text(Text="Hi", SourceLanguageCode="en", TargetLanguageCode="es")),
    ):
        with pytest.raises(ClientError, match="InvalidSignatureException"):
            call(client(stage, service, aws_secret_access_key="guessed"))
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            call(client(stage, service, aws_access_key_id="AKIA0000000000000000"))
    for path in ("v1/speech", "_ministack/health", ""):
        unsigned = requests.post(f"{environment_of(stage)['AWS_ENDPOINT_URL_POLLY']}/{path}", json={}, timeout=10)
        assert unsigned.status_code == 403
        assert unsigned.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"


@pytest.fixture(scope="module")
def role(stage: RunningStage) -> Iterator[str]:
    iam, name = root(stage, "iam"), unique("speaker")
    who = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [who]}))
    yield made["Role"]["Arn"]
    iam.delete_role_policy(RoleName=name, PolicyName="own")
    iam.delete_role(RoleName=name)


def test_a_function_may_do_what_its_role_allows(stage: RunningStage, role: str) -> None:
    """It finds the engines through its environment, without any configuration."""
    functions, name = root(stage, "lambda"), unique("speaker")
    source = textwrap.dedent("""
        import boto3
        from botocore.exceptions import ClientError
        def handler(event, context):
            try:
                if event == "translate":
                    return boto3.client("translate").translate_text(
                        Text="Good morning", SourceLanguageCode="en", TargetLanguageCode="es")["TranslatedText"]
                return boto3.client("polly").synthesize_speech(
                    Text="Good morning", VoiceId="Joanna", OutputFormat="mp3")["ContentType"]
            except ClientError as error:
                return error.response["Error"]["Code"]
    """)

    def call(what: str) -> str:
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(what))
        return str(json.loads(answer["Payload"].read()))

    def allow(*actions: str) -> None:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        root(stage, "iam").put_role_policy(RoleName=role.rpartition("/")[2], PolicyName="own", PolicyDocument=policy)

    allow("polly:DescribeVoices")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": package(source)},
        Timeout=60,
    )
    try:
        configuration = functions.get_function(FunctionName=name)["Configuration"]
        assert "AWS_ENDPOINT_URL_POLLY" not in configuration.get("Environment", {}).get("Variables", {})
        assert (call("speak"), call("translate")) == ("AccessDeniedException", "AccessDeniedException")
        allow("polly:SynthesizeSpeech")
        assert (call("speak"), call("translate")) == ("audio/mpeg", "AccessDeniedException")
        allow("translate:TranslateText")
        assert (call("speak"), call("translate")) == ("AccessDeniedException", "Buenos días")
    finally:
        functions.delete_function(FunctionName=name)


def test_what_is_not_there_is_said(polly: Any, translate: Any) -> None:
    with pytest.raises(ClientError, match="UnknownOperationException"):
        polly.list_lexicons()
    assert translate.list_text_translation_jobs()["TextTranslationJobPropertiesList"] == []


# The server


def test_engines_that_crash_are_started_anew(tmp_path: Path) -> None:
    """And nobody is answered without the cloud's permission."""
    with SpeechServer(tmp_path, free_port()) as speech:
        voices = f"{speech.environment['AWS_ENDPOINT_URL_POLLY']}/v1/voices"
        signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=me/20260101/us-east-1/polly/aws4_request, Signature=0"}
        assert requests.get(voices, headers=signed, timeout=20).status_code == 503
        crashed = speech.process

        def anew() -> bool:
            speech.tend()
            return speech.process != crashed

        os.kill(crashed, signal.SIGKILL)
        until(anew)
        answer = requests.get(voices, headers=signed, timeout=20)
        assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (503, "ServiceUnavailableException")
        last = speech.process
    assert not alive(last)


def test_the_engines_end_with_who_started_them(tmp_path: Path) -> None:
    source = f"""
        import pathlib, time
        from laptop.speech import SpeechServer
        with SpeechServer(pathlib.Path({str(tmp_path)!r}), {free_port()}) as speech:
            print(speech.process, flush=True)
            time.sleep(60)
    """
    starter = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout
    engines = int(starter.stdout.readline())
    assert alive(engines)
    starter.kill()
    starter.wait()
    starter.stdout.close()
    until(lambda: not alive(engines))


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
