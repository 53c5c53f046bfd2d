"""Sockets as a browser opens them, and what they receive."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.support.stage import RunningStage, User

Json = dict[str, Any]
PATIENCE = 30.0


def a_ticket(user: User) -> str:
    answer = user.call("POST", "/live/tickets")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket"])


def refused(stage: RunningStage, query: str, statuses: tuple[int, ...] = (401, 403)) -> bool:
    """Whether the handshake is refused, for lack of a valid ticket or for another reason."""
    try:
        with connect(stage.config["socket"] + query, open_timeout=20):
            return False
    except InvalidStatus as refusal:
        return refusal.response.status_code in statuses


class Socket:
    """One person's open socket."""

    def __init__(self, user: User) -> None:
        self.heard: list[Json] = []
        url = f"{user.stage.config['socket']}?ticket={quote(a_ticket(user))}"
        self._connecting = connect(url, open_timeout=20, max_size=None)
        self._socket = self._connecting.__enter__()

    def __enter__(self) -> Socket:
        self.ping()  # its row is certain to be there
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):
            self._connecting.__exit__(None, None, None)

    def send(self, text: str) -> None:
        self._socket.send(text)

    def ask(self, action: str, **body: Any) -> None:
        self.send(json.dumps({"action": action, **body}))

    def ping(self) -> None:
        """Everything sent before has arrived once the answer has."""
        self.ask("ping")
        self.until(lambda heard: heard["type"] == "pong")

    def next(self, limit: float = PATIENCE) -> Json:
        heard: Json = json.loads(self._socket.recv(timeout=limit))
        self.heard.append(heard)
        return heard

    def until(self, fits: Callable[[Json], Any], limit: float = PATIENCE) -> Json:
        """The next that matches; anything before it is kept in `heard`."""
        deadline = time.monotonic() + limit
        while True:
            heard = self.next(max(deadline - time.monotonic(), 0))
            if fits(heard):
                return heard

    def of(self, kind: str) -> Json:
        return self.until(lambda heard: heard["type"] == kind)

    def told(self, id: str, kind: str = "post") -> Json:
        """What the wall's stream announces about that post, now or during an earlier wait."""

        def fits(heard: Json) -> bool:
            return bool(heard["type"] == kind and heard.get("post", heard)["id"] == id)

        return next(filter(fits, self.heard), None) or self.until(fits)

    def answer(self, text: str) -> Json:
        self.send(text)
        return self.until(lambda heard: heard["type"] in ("error", "posted", "pong"))

    def post(self, text: str, client_id: str) -> Json:
        self.ask("sendpost", text=text, clientId=client_id)
        return self.until(lambda heard: heard.get("clientId") == client_id)

    def kill(self) -> None:
        """As when the network goes: without a farewell."""
        self._socket.socket.close()
        with suppress(ConnectionClosed, OSError):
            self._socket.recv(timeout=5)

    def kinds(self) -> list[str]:
        return [heard["type"] for heard in self.heard if heard["type"] != "pong"]
