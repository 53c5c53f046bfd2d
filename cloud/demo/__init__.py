"""Demo people and albums, brought in through the doors that everybody uses."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3

from cloud.errors import CloudError
from cloud.site import client_config
from cloud.steps import Steps

ALBUMS = Path(__file__).parent / "albums.csv"
_PEOPLE = (
    ("ada@commonplace.example", "Ada Lindqvist", ("curators", "authors")),
    ("bruno@commonplace.example", "Bruno Castellano", ()),
    ("chidi@commonplace.example", "Chidi Okafor", ()),
)
_DONE = "demo.json"


def people(data: Path) -> list[dict[str, str]]:
    """Who was added at an earlier start."""
    done = data / _DONE
    found: list[dict[str, str]] = json.loads(done.read_text("utf-8")) if done.exists() else []
    return found


def put(steps: Steps, outputs: dict[str, str], data: Path) -> list[dict[str, str]]:
    """Once: what people do with the demo data afterwards is theirs."""
    if found := people(data):
        return found
    with steps.step("Demo people and albums") as step:
        added = [_add_person(outputs, *person) for person in _PEOPLE]
        config = client_config(outputs)
        for person in reversed(added):
            token = _sign_in(outputs, person)
            _request(f"{config['api']}/me", token)
        report = _request(f"{config['api']}/albums/import", token, ALBUMS.read_bytes())
        if report["conflicts"] or report["invalid"]:
            raise CloudError(f"{ALBUMS.name} could not be imported as a whole: {_refused(report)}.")
        step.note(f"{len(added)} people, {report['created']} albums")
        done = data / _DONE
        done.touch(mode=0o600)
        done.write_text(json.dumps(added, indent=2), "utf-8")
    return added


def _refused(report: dict[str, Any]) -> str:
    return f"{report['conflicts']} conflicts, {report['invalid']} invalid rows"


def _add_person(outputs: dict[str, str], email: str, name: str, groups: tuple[str, ...]) -> dict[str, str]:
    cognito = boto3.client("cognito-idp")
    pool = outputs["UserPoolId"]
    password = f"Demo-{secrets.token_urlsafe(6)}7a"
    attributes = {"email": email, "email_verified": "true", "name": name}
    with suppress(cognito.exceptions.UsernameExistsException):  # an earlier start was cut off here
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


def _sign_in(outputs: dict[str, str], person: dict[str, str]) -> str:
    answer = boto3.client("cognito-idp").initiate_auth(
        ClientId=outputs["UserPoolClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person["email"], "PASSWORD": person["password"]},
    )
    return str(answer["AuthenticationResult"]["IdToken"])


def _request(url: str, token: str, csv: bytes | None = None) -> Any:
    headers = {"Authorization": token, **({"Content-Type": "text/csv"} if csv else {})}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, csv, headers), timeout=60) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise CloudError(f"{url} answered {error.code}: {error.read().decode(errors='replace')}") from None
