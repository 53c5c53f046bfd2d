"""The demo people: their accounts, and what one of them asks of the API."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cloud import clients
from cloud.errors import CloudError

_PEOPLE = (
    ("ada@commonplace.example", "Ada Lindqvist", ("curators", "authors")),
    ("bruno@commonplace.example", "Bruno Castellano", ()),
    ("chidi@commonplace.example", "Chidi Okafor", ()),
)


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    api: str
    id: str
    token: str

    def ask(self, path: str, body: Any = None, method: str | None = None, version: int = 0) -> Any:
        """The API's answer; a body is sent as JSON, by POST unless a method is given."""
        content = json.dumps(body).encode() if body else None
        return request(f"{self.api}{path}", self.token, content, method=method, version=version)


def added(outputs: dict[str, str]) -> list[dict[str, str]]:
    return [_add(outputs, *person) for person in _PEOPLE]


def signed_in(outputs: dict[str, str], api: str, person: dict[str, str]) -> Person:
    answer = clients.of("cognito-idp").initiate_auth(
        ClientId=outputs["UserPoolClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person["email"], "PASSWORD": person["password"]},
    )
    token = str(answer["AuthenticationResult"]["IdToken"])
    return Person(api, str(request(f"{api}/me", token)["id"]), token)


def request(
    url: str,
    token: str,
    body: bytes | None = None,
    kind: str = "application/json",
    method: str | None = None,
    version: int = 0,
) -> Any:
    headers = {"Authorization": token, **({"Content-Type": kind} if body else {})}
    if version:
        headers["If-Match"] = f'"{version}"'
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=60) as response:
            return json.loads(response.read() or "null")
    except urllib.error.HTTPError as error:
        raise CloudError(f"{url} answered {error.code}: {error.read().decode(errors='replace')}") from None


def _add(outputs: dict[str, str], email: str, name: str, groups: tuple[str, ...]) -> dict[str, str]:
    cognito = clients.of("cognito-idp")
    pool = outputs["UserPoolId"]
    password = f"Demo-{secrets.token_urlsafe(6)}7a"
    attributes = {"email": email, "email_verified": "true", "name": name}
    with suppress(cognito.exceptions.UsernameExistsException):  # an earlier start was interrupted here
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
            MessageAction="SUPPRESS",
        )
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
    for group in groups:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
    return {"email": email, "password": password, "name": name}
