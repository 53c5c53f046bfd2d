"""Pushes to some people or to everyone. People who aren't connected read it later; dead sockets lose their rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from chalicelib.core import log
from chalicelib.core.ids import now
from chalicelib.live.connections import Connection, Connections
from chalicelib.live.posting import Outcome

# The most sockets one function reaches at once; more are handed to parallel functions.
SHARD = 500

Post = Callable[[str, Sequence[str], bytes], Outcome]


class PushError(Exception):
    """The gateway refuses everything we send."""


@dataclass(frozen=True)
class Push:
    connections: Connections
    endpoint: str
    post: Post
    hand_on: Callable[[str], None]

    def to_persons(self, persons: Iterable[str], message: dict[str, Any]) -> None:
        found = [connection for person in sorted(set(persons)) for connection in self.connections.of_person(person)]
        for shard in _shards(found):
            self.to_connections(shard, _text(message))

    def to_everyone(self, message: dict[str, Any]) -> None:
        """Send a single shard right here; hand several to functions of their own."""
        shards = _shards(list(self.connections.everyone()))
        text = _text(message)
        if len(shards) == 1:
            self.to_connections(shards[0], text)
            return
        for shard in shards:
            self.hand_on(json.dumps({"connections": shard, "text": text}))

    def shard(self, handed_on: str) -> None:
        """Send to the shard that `to_everyone` handed to this function."""
        work = json.loads(handed_on)
        self.to_connections([Connection(*each) for each in work["connections"]], work["text"])

    def to_connections(self, connections: Sequence[Connection], text: str) -> None:
        for api, group in groupby(sorted(connections, key=lambda each: each.api), key=lambda each: each.api):
            outcome = self.post(self.endpoint.replace("{api}", api), [each.id for each in group], text.encode())
            if outcome.failed:
                log.note(undelivered=outcome.reasons)
            if _all_refused(outcome):
                raise PushError(f"none of {len(outcome.failed)} posts was accepted: {outcome.reasons}")
            for id in outcome.gone:
                self.connections.lose(id)

    def answer(self, connection: Connection, message: dict[str, Any]) -> None:
        self.to_connections([connection], _text(message))


def _all_refused(outcome: Outcome) -> bool:
    """The gateway refused everything: then the record must be retried, and a lasting failure must show."""
    refused = [why for why in outcome.failed.values() if why.startswith("status")]
    return bool(refused) and len(refused) == len(outcome.failed) and not (outcome.delivered or outcome.gone)


def _shards(connections: list[Connection]) -> list[list[Connection]]:
    return [connections[start : start + SHARD] for start in range(0, len(connections), SHARD)]


def _text(message: dict[str, Any]) -> str:
    return json.dumps({"at": now(), **message}, ensure_ascii=False, separators=(",", ":"))
