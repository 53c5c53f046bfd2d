"""Demo people, albums and articles, added through the public API."""

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
from laptop import folder

ALBUMS = Path(__file__).parent / "albums.csv"
ARTICLES = Path(__file__).parent / "articles"
_PEOPLE = (
    ("ada@commonplace.example", "Ada Lindqvist", ("curators", "authors")),
    ("bruno@commonplace.example", "Bruno Castellano", ()),
    ("chidi@commonplace.example", "Chidi Okafor", ()),
)
_DONE = "demo.json"


def people(data: Path) -> list[dict[str, str]]:
    """Those added at an earlier start."""
    done = data / _DONE
    if not done.exists():
        if folder.copy_of(done).exists():
            raise folder.missing(done)
        return []
    found = folder.read_json(done)
    if not isinstance(found, list) or not all({"email", "password", "name"} <= set(person) for person in found):
        raise folder.damaged(done, ValueError())
    return found


def put(steps: Steps, outputs: dict[str, str], data: Path) -> list[dict[str, str]]:
    """Once: people may change the demo data afterwards."""
    if found := people(data):
        return found
    with steps.step("Demo people, albums and articles") as step:
        added = [_add_person(outputs, *person) for person in _PEOPLE]
        config = client_config(outputs)
        tokens = [_sign_in(outputs, person) for person in added]
        for token in tokens:
            _request(f"{config['api']}/me", token)
        report = _request(f"{config['api']}/albums/import", tokens[0], ALBUMS.read_bytes(), "text/csv")
        if report["conflicts"] or report["invalid"]:
            raise CloudError(f"{ALBUMS.name} could not be imported completely: {_refused(report)}.")
        articles = [_add_article(config["api"], path, *tokens[:2]) for path in sorted(ARTICLES.glob("*.md"))]
        step.note(f"{len(added)} people, {report['created']} albums, {len(articles)} articles")
        folder.write(data / _DONE, json.dumps(added, indent=2))
        folder.keep_copy(data / _DONE)
    return added


def _add_article(api: str, path: Path, author: str, reader: str) -> str:
    """Lines of the form `name: value`, an empty line, then the text."""
    head, _, text = path.read_text("utf-8").partition("\n\n")
    facts = dict(line.split(": ", 1) for line in head.splitlines())
    article = {
        "title": facts["title"],
        "body": text,
        "tags": facts["tags"].split(", "),
        "status": "published",
        "publishAt": facts["publishAt"],
        "clientId": f"demo-{path.stem}"[:64],  # an earlier start may have been interrupted after it
    }
    slug = str(_request(f"{api}/blog/articles", author, json.dumps(article).encode())["slug"])
    if "comment" in facts:
        comment = {"text": facts["comment"], "clientId": "demo"}
        _request(f"{api}/blog/articles/{slug}/comments", reader, json.dumps(comment).encode())
    return slug


def _refused(report: dict[str, Any]) -> str:
    return f"{report['conflicts']} conflicts, {report['invalid']} invalid rows"


def _add_person(outputs: dict[str, str], email: str, name: str, groups: tuple[str, ...]) -> dict[str, str]:
    cognito = boto3.client("cognito-idp")
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


def _sign_in(outputs: dict[str, str], person: dict[str, str]) -> str:
    answer = boto3.client("cognito-idp").initiate_auth(
        ClientId=outputs["UserPoolClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person["email"], "PASSWORD": person["password"]},
    )
    return str(answer["AuthenticationResult"]["IdToken"])


def _request(url: str, token: str, body: bytes | None = None, kind: str = "application/json") -> Any:
    headers = {"Authorization": token, **({"Content-Type": kind} if body else {})}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise CloudError(f"{url} answered {error.code}: {error.read().decode(errors='replace')}") from None
