"""What the browser opens on this machine: the stage's distribution, and the mailbox."""

from __future__ import annotations

import html
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from cloud.linking import NotLinkable
from cloud.site import Site
from laptop.embedded import EmbeddedCloud
from laptop.loopback import NOT_ONE_NAME, OWN, host_of

_MAILBOX_STYLES = ("/core/tokens.css", "/core/base.css", "/core/mailbox.css")
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_MOST_BYTES = 1_000_000
_LINK_OR_CODE = re.compile(r"(https?://\S+)|\b[0-9]{6}\b")
_MAILS = 50  # on one page
_NEWER = re.compile(r"/mailbox\?newer=([0-9]{1,6})")
_PATH = re.compile(r"/[!-~]*")
_LENGTH = re.compile(r"[0-9]{1,12}")
_TEXT = "text/plain; charset=utf-8"
_NO_CLOUD = "The embedded cloud does not answer."
_OURS = ("host", "content-length")
_PARTS = ("script", "style", "image", "font")  # of a page that was published when it was asked for
_DROPPED = ("connection", "transfer-encoding", "keep-alive", "strict-transport-security")


class WebServer:
    def __init__(self, port: int, cloud: EmbeddedCloud, site: Site, outputs: dict[str, str]) -> None:
        publishing = threading.Lock()

        class Handler(_Handler):
            def publish(self) -> None:
                with publishing:
                    site.publish()

        Handler.cloud = cloud
        at = urlsplit(cloud.endpoint)
        Handler.upstream = HTTPConnectionPool(str(at.hostname), at.port, timeout=30, maxsize=32)
        Handler.distribution = outputs["DistributionDomain"].partition(".")[0] + ".cloudfront.localhost"
        self._server = _Server(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> WebServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # the client has left: no need to report it
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # headers and body in one send
    cloud: EmbeddedCloud
    upstream: HTTPConnectionPool
    distribution: str

    def publish(self) -> None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self.close_connection |= "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        path = self.path.partition("?")[0]
        if refusal := self._refusal():
            self._refuse(*refusal)
        elif path in ("/mailbox", "/mailbox.json"):
            self._show_mails(as_page=path == "/mailbox")
        else:
            self._pass_on()

    do_HEAD = do_GET

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if refusal := self._refusal() or self._refusal_of_a_page():
            self._refuse(*refusal)
        elif "Transfer-Encoding" in self.headers or not _LENGTH.fullmatch(length):
            self._refuse(411, "Content-Length is required.")
        elif int(length) > _MOST_BYTES:
            self._refuse(413, "The request is too large.")
        else:
            self._pass_on(self.rfile.read(int(length)))

    def _refusal(self) -> tuple[int, str] | None:
        """A page elsewhere could make its own host name point here, and read the mails."""
        host = host_of(self.headers.get_all("Host") or [])
        if host is None:
            return 400, NOT_ONE_NAME
        if host not in OWN:
            return 421, "This is answered at localhost only."
        return None if _PATH.fullmatch(self.path) else (400, "There is no page at this address.")

    def _refusal_of_a_page(self) -> tuple[int, str] | None:
        """A page elsewhere may send a form without a preflight."""
        origin = self.headers.get("Origin")
        is_own = origin in (None, f"http://{self.headers['Host']}")
        return None if is_own else (403, "Only this site's pages may send this.")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Request logs would clutter the terminal."""

    def _show_mails(self, as_page: bool) -> None:
        try:
            mails = self.cloud.mailbox()
        except OSError:
            self._answer(502, _TEXT, _NO_CLOUD)
            return
        if as_page:
            newer = int(skipped[1]) if (skipped := _NEWER.fullmatch(self.path)) else 0
            self._answer(200, "text/html; charset=utf-8", mailbox_page(mails, newer))
        else:
            self._answer(200, "application/json", json.dumps(mails, indent=2))

    def _pass_on(self, body: bytes = b"") -> None:
        try:
            if self.headers.get("Sec-Fetch-Dest") not in _PARTS:
                self.publish()  # what was saved a moment ago is there on reload
        except NotLinkable as error:
            self._answer(500, _TEXT, str(error))
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in (*_DROPPED, *_OURS)}
        # This server stands where the edge ends TLS: browsers treat localhost as secure.
        edge = {"Host": self.distribution, "X-Forwarded-Proto": "https"}
        try:
            response = self.upstream.urlopen(
                self.command, self.path, body or None, {**headers, **edge},
                retries=False, redirect=False, assert_same_host=False, decode_content=False,
            )  # fmt: skip
        except ValueError:  # not a valid header
            self._refuse(400, "One of the headers is invalid.")
            return
        except HTTPError:
            self._answer(502, _TEXT, _NO_CLOUD)
            return
        self.send_response(response.status)
        for name, value in response.headers.items():
            if name.lower() not in (*_DROPPED, "content-length", "date", "server"):
                self.send_header(name, value)
        self._send(response.data, len(response.data))

    def _refuse(self, status: int, why: str) -> None:
        self.close_connection = True  # anything after it belongs to this request
        self._answer(status, _TEXT, why)

    def _answer(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("X-Content-Type-Options", "nosniff")
        self._send(text.encode(), len(text.encode()))

    def _send(self, content: bytes, length: int) -> None:
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def mailbox_page(mails: list[dict[str, str]], newer: int) -> str:
    older = newer + _MAILS
    shown = "".join(map(_mail, mails[newer:older])) or '<p class="none">No mail has been sent yet.</p>'
    if len(mails) > older:
        shown += f'<p><a href="/mailbox?newer={older}">Older mails</a></p>'
    styles = "".join(f'<link rel="stylesheet" href="{style}">' for style in _MAILBOX_STYLES)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mailbox · Commonplace</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="/favicon.svg" type="image/svg+xml">{styles}</head>'
        "<body><main><header><h1>Mailbox</h1><p>Every mail that this stage has sent, newest first.</p>"
        f'<p><a href="/">Back to Commonplace</a></p></header>{shown}</main></body></html>'
    )


def _mail(mail: dict[str, str]) -> str:
    to, subject, at, text = (html.escape(mail[name] or "") for name in ("to", "subject", "at", "text"))
    text = _LINK_OR_CODE.sub(_marked, text)
    said = f"{at[:10]} {at[11:19]} UTC"
    return (
        f'<article><h2>{subject}</h2><p class="about">to <span class="to">{to}</span> '
        f'<time datetime="{at}">{said}</time></p><p class="text">{text}</p></article>'
    )


def _marked(found: re.Match[str]) -> str:
    """Make links clickable, and codes stand out."""
    return f'<a href="{found[1]}">{found[1]}</a>' if found[1] else f'<strong class="code">{found[0]}</strong>'
