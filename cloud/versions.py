"""What each deployment leaves in the stage's bucket, so that the stage can go back to it: the last few versions.

A version is a JSON file that says what was deployed; it names the packages and pages it needs, which are stored once
however many versions have them. `state.json` says at which version the stage is, and to which one it is on the way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cloud import clients, remains
from cloud.errors import CloudError

MOST = 5
_FOLDER = "versions"
_CONTENTS = f"{_FOLDER}/contents/"
_STATE = f"{_FOLDER}/state.json"

Version = dict[str, Any]


@dataclass
class State:
    at: int | None = None  # the last version that was reached
    towards: int | None = None  # by a deployment or a rollback that has not ended


class Versions:
    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self._s3 = clients.of("s3")

    @property
    def state(self) -> State:
        return State(**(self._json(_STATE) or {}))

    def numbers(self) -> list[int]:
        found = (re.fullmatch(rf"{_FOLDER}/(\d+)\.json", key) for key in self._keys(f"{_FOLDER}/"))
        return sorted(int(one[1]) for one in found if one)

    def __getitem__(self, number: int) -> Version:
        found: Version | None = self._json(self._key(number))
        if found is None:
            kept = ", ".join(map(str, self.numbers())) or "none yet"
            raise CloudError(f"There is no version {number} to go back to; kept are: {kept}.")
        return found

    def begin(self) -> None:
        """A deployment, which makes a new version. Before it is the one that the stage was at, or was going back to."""
        state, numbers = self.state, self.numbers()
        at = state.towards if state.towards in numbers else state.at
        self._go(State(at, max([*numbers, at or 0]) + 1))

    def go_on(self, number: int) -> None:
        """To a version that is kept."""
        self._go(State(self.state.at, number))

    def arrive(self) -> None:
        self._go(State(self.state.towards))

    def add(self, made: Version) -> int:
        """As the one that the deployment began, which is complete with this."""
        state = self.state
        assert state.towards
        self._put(self._key(state.towards), json.dumps({**made, "before": state.at}, indent=2).encode())
        self._go(State(state.towards))
        self._forget()
        return state.towards

    def goal(self, wanted: int | None = None) -> int:
        """The version before, unless another is wanted or something was interrupted."""
        state, numbers = self.state, self.numbers()
        if wanted is not None:
            return wanted
        if state.towards in numbers:
            return int(state.towards or 0)  # a rollback that was interrupted
        if state.at is None:
            raise CloudError("There is no version to go back to: no deployment of this stage has ended well yet.")
        if state.towards:
            return state.at  # a deployment that was interrupted
        before: int | None = self[state.at]["before"]
        if before not in numbers:
            raise CloudError(f"Nothing is kept from before version {state.at}: deploy the code that you want instead.")
        return before

    def put_content(self, name: str, make: Callable[[], bytes]) -> None:
        """Unless it is there: its name says what is in it."""
        if not self._keys(_CONTENTS + name):
            self._put(_CONTENTS + name, make())

    def content(self, name: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=self.bucket, Key=self.place(name))["Body"].read()
        return content

    @staticmethod
    def place(name: str) -> str:
        return _CONTENTS + name

    def _forget(self) -> None:
        """All but the last few, and the one to go back to first: after a rollback that may be an old one."""
        numbers = self.numbers()
        kept = {*numbers[-MOST:], self[numbers[-1]]["before"]} & {*numbers}
        for number in {*numbers} - kept:
            remains.empty(self._s3, self.bucket, self._key(number))
        needed = {name for number in kept for name in contents(self[number])}
        for key in self._keys(_CONTENTS):
            if key.removeprefix(_CONTENTS) not in needed:
                remains.empty(self._s3, self.bucket, key)

    def _go(self, state: State) -> None:
        self._put(_STATE, json.dumps(state.__dict__).encode())

    def _key(self, number: int) -> str:
        return f"{_FOLDER}/{number}.json"

    def _keys(self, prefix: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [one["Key"] for page in pages for one in page.get("Contents", [])]

    def _json(self, key: str) -> Any:
        try:
            return json.loads(self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        except self._s3.exceptions.NoSuchKey:
            return None

    def _put(self, key: str, content: bytes) -> None:
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=content)


def contents(version: Version) -> Iterator[str]:
    """The names of the packages and pages that it needs."""
    yield version["site"]
    for function in version["functions"].values():
        yield function["code"]
        yield from (layer["content"] for layer in function["layers"])
