"""What people wrote before the first start: by the application's own classes with an earlier clock.

The API dates everything now.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.chat.conversations import Conversations
from chalicelib.chat.messages import Messages
from chalicelib.comments.comments import Comments
from chalicelib.core import aws
from chalicelib.core.directory import Directory
from chalicelib.core.tables import Database
from chalicelib.wall.wall import Wall


@dataclass(frozen=True)
class Past:
    """The stage's application at that moment, in seconds since 1970."""

    stage: str
    moment: float

    @property
    def wall(self) -> Wall:
        return Wall(self._database, self._table("posts"), self._directory, self._clock)

    @property
    def comments(self) -> Comments:
        return Comments(self._database, self._table("comments"), self._directory, self._clock)

    @property
    def conversations(self) -> Conversations:
        tables = self._table("conversations"), self._table("members")
        return Conversations(self._database, *tables, self._directory, self._clock)

    @property
    def messages(self) -> Messages:
        return Messages(self._database, self._table("messages"), self.conversations, self._directory)

    @property
    def _database(self) -> Database:
        database: Database = aws.client("dynamodb")
        return database

    @property
    def _directory(self) -> Directory:
        return Directory(self._database, self._table("people"))

    def _table(self, name: str) -> str:
        return f"commonplace-{self.stage}-{name}"

    def _clock(self) -> float:
        return self.moment
