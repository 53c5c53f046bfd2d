"""Answers the two services over HTTP, each in its own protocol."""

from __future__ import annotations

import json
import logging
import re
import socket
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from laptop.speech import polly, translate
from laptop.speech.errors import ServiceError
from laptop.speech.espeak import Espeak
from laptop.speech.gate import Gate

LARGEST_REQUEST = 1_000_000
AWS_JSON = "application/x-amz-json-1.1"
_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=[^/]+/\d+/[^/]+/(polly|translate)/aws4_request,")
_SIZE = re.compile(r"[0-9]{1,12}")
_FAILURES = {"TranslateText": "InternalServerException"}
log = logging.getLogger(__name__)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listener: socket.socket, gate: Gate) -> None:
        super().__init__(listener.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.gate = gate
        self.espeak = Espeak()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # headers and body in one send
    server: Server

    def do_GET(self) -> None:
        self._answer_call()

    do_POST = do_PUT = do_DELETE = do_GET

    def _answer_call(self) -> None:
        size = self.headers.get("Content-Length", "0")
        if not _SIZE.fullmatch(size) or int(size) > LARGEST_REQUEST or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._answer(413, {}, b"")
            return
        body = self.rfile.read(int(size))
        if not _SIGNED.match(self.headers.get("Authorization", "")):
            self._refuse(ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token", 403))
            return
        try:
            decision = self.server.gate.decide(self.command, self.path, self.headers.items(), body)
        except OSError as error:
            log.error("The embedded cloud does not answer: %s", error)
            self._refuse(ServiceError("ServiceUnavailableException", "The embedded cloud does not answer", 503))
            return
        if decision.operation:
            self._perform(decision.operation, body)
        else:
            self._answer(decision.status, decision.headers, decision.body)

    def _perform(self, operation: str, body: bytes) -> None:
        perform: Callable[[bytes], None] = getattr(self, f"_{operation}")
        try:
            perform(body)
        except ServiceError as error:
            self._refuse(error)
        except Exception:
            log.exception("%s failed", operation)
            code = _FAILURES.get(operation, "ServiceFailureException")
            self._refuse(ServiceError(code, "The engine failed: its log has the reason", 500))

    def _SynthesizeSpeech(self, body: bytes) -> None:
        speech = polly.synthesize(_json(body), self.server.espeak.speak)
        headers = {"Content-Type": "audio/mpeg", "x-amzn-RequestCharacters": str(speech.characters)}
        self._answer(200, headers, speech.audio)

    def _DescribeVoices(self, body: bytes) -> None:
        voices = polly.voices(dict(parse_qsl(urlsplit(self.path).query)))
        self._answer(200, {"Content-Type": "application/json"}, json.dumps(voices).encode())

    def _TranslateText(self, body: bytes) -> None:
        self._answer(200, {"Content-Type": AWS_JSON}, json.dumps(translate.translate_text(_json(body))).encode())

    def _refuse(self, error: ServiceError) -> None:
        kind = AWS_JSON if "X-Amz-Target" in self.headers else "application/json"
        headers = {"Content-Type": kind, "x-amzn-ErrorType": error.code}
        self._answer(error.status, headers, json.dumps(error.body).encode())

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"x-amzn-RequestId": str(uuid.uuid4()), **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """No log: what is said and translated is private."""


def _json(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise ServiceError("SerializationException", "The body must be a JSON object")
    return request
