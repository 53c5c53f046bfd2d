"""Polly and Translate: authorization is decided here; the engines answer elsewhere (`laptop/speech`)."""

from __future__ import annotations

import json
from typing import Any

from ministack import app as ministack
from ministack.core import iam_actions, router
from ministack.services import translate

from laptop.embedded.patching import Function, patch
from laptop.speech.gate import OPERATION

HERE = ("SynthesizeSpeech", "DescribeVoices")

if "polly" in ministack.SERVICE_HANDLERS:
    raise LookupError("ministack now has its own Polly: check whether it does what this module does")
router.SERVICE_PATTERNS[
    "polly"
] = {}  # unknown services would be looked up in all of boto3's models, which takes seconds
iam_actions.SERVICE_TO_IAM_NAMESPACE["polly"] = "polly"
iam_actions._BOTOCORE_SERVICE_MAP["polly"] = ["polly"]


async def polly(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
    operation = iam_actions._match_rest_action("polly", method, path, query)
    if operation in HERE:
        return elsewhere(operation)
    return refusal(400, "UnknownOperationException", f"There is no {operation or path} on this machine")


ministack.SERVICE_HANDLERS["polly"] = polly


@patch(translate, "handle_request")
async def at_the_engines(original: Function, method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    return elsewhere(operation) if operation == "TranslateText" else await original(method, path, headers, body, query)


def elsewhere(operation: str) -> Any:
    """For the engines' server this means: go ahead. For anybody else: ask there."""
    said = f"{operation} is answered at AWS_ENDPOINT_URL_POLLY and AWS_ENDPOINT_URL_TRANSLATE"
    status, answer_headers, answer = refusal(421, "MisdirectedRequestException", said)
    return status, {**answer_headers, OPERATION: operation}, answer


def refusal(status: int, code: str, message: str) -> Any:
    body = json.dumps({"__type": code, "message": message}).encode()
    return status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code}, body
