"""The people of this stage: a row for each, made when he first comes, found by his mail address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.core.errors import ForbiddenError, NotFoundError, UnauthorizedError
from chalicelib.core.ids import now
from chalicelib.core.items import plain, typed
from chalicelib.core.person import Person
from chalicelib.core.tables import refused_as

# Longer than anything lives that was given out before: a token for an hour, and a socket opened with it for two more.
_REMEMBERED_SECONDS = 4 * 60 * 60


class PersonNotFoundError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("Nobody here has this address.")


class ErasedError(UnauthorizedError):
    def __init__(self) -> None:
        super().__init__("This account was deleted.")


@dataclass(frozen=True)
class People:
    dynamodb: Any
    table: str

    def welcome(self, person: Person) -> dict[str, Any]:
        """The person's own row, made at the first visit."""
        row = self._row(person.id) or self._add(person)
        if person.email and row["email"] != person.email:  # changed at the sign-in, and proved there
            row = self._set(person, "email", person.email)
        return _shown(row, person)

    def rename(self, person: Person, name: str) -> dict[str, Any]:
        self.welcome(person)
        return _shown(self._set(person, "name", name.strip()), person)

    def with_email(self, email: str) -> dict[str, Any]:
        address = email.strip().lower()
        if not address:  # DynamoDB has no empty keys
            raise PersonNotFoundError()
        answer = self.dynamodb.query(
            TableName=self.table,
            IndexName="by-email",
            KeyConditionExpression="email = :email",
            ExpressionAttributeValues=typed({":email": address}),
            Limit=1,
        )
        if not answer["Items"]:
            raise PersonNotFoundError()
        person = plain(answer["Items"][0])
        return {"id": person["id"], "name": person["name"]}

    def forget(self, id: str, seconds: float) -> None:
        """What remains is a mark that goes by itself; its stream record has everything erased that was missed."""
        mark = {"id": id, "erasedAt": now(), "expiresAt": int(seconds) + _REMEMBERED_SECONDS}
        self.dynamodb.put_item(TableName=self.table, Item=typed(mark))

    def _set(self, person: Person, attribute: str, value: str) -> dict[str, Any]:
        with refused_as(ErasedError()):
            answer = self.dynamodb.update_item(
                TableName=self.table,
                Key={"id": {"S": person.id}},
                UpdateExpression="SET #attribute = :value",
                ConditionExpression="attribute_exists(email)",
                ExpressionAttributeNames={"#attribute": attribute},
                ExpressionAttributeValues=typed({":value": value}),
                ReturnValues="ALL_NEW",
            )
        return plain(answer["Attributes"])

    def _row(self, id: str) -> dict[str, Any] | None:
        item = self.dynamodb.get_item(TableName=self.table, Key={"id": {"S": id}}, ConsistentRead=True).get("Item")
        row = plain(item) if item else None
        if row and "erasedAt" in row:
            raise ErasedError()
        return row

    def _add(self, person: Person) -> dict[str, Any]:
        if not person.email:
            raise ForbiddenError("Confirm your mail address first, by the code that was sent to it.")
        row = {
            "id": person.id,
            "email": person.email,
            "name": _one_line(person.name) or person.email.partition("@")[0],
            "since": now(),
        }
        with refused_as(None):
            self.dynamodb.put_item(
                TableName=self.table, Item=typed(row), ConditionExpression="attribute_not_exists(id)"
            )
            return row
        return self._row(person.id) or row  # another tab was faster


def _one_line(name: str) -> str:
    """A token's name has been checked by nobody."""
    readable = "".join(" " if letter < " " or letter in "\x7f\ufffd" else letter for letter in name)
    return " ".join(readable.split())[:200].strip()


def _shown(row: dict[str, Any], person: Person) -> dict[str, Any]:
    return {"id": row["id"], "email": row["email"], "name": row["name"], "groups": sorted(person.groups)}
