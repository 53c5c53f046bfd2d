"""The life of an account, from sign-up to deletion, as in a browser."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from websockets.exceptions import ConnectionClosed

from tests.support.cloud import added, outputs, pointers, problem, refused_by_cognito, remove, root
from tests.support.sockets import Socket, a_ticket, refused
from tests.support.stage import PASSWORD, RunningStage, User, until

NEW_PASSWORD = "Another-horse-8"


def address() -> str:
    return f"person-{secrets.token_hex(5)}@example.com"


def sign_up(stage: RunningStage, email: str, password: str = PASSWORD, name: str = "Some Body") -> requests.Response:
    attributes = [{"Name": "email", "Value": email}, {"Name": "name", "Value": name}]
    return stage.for_client("SignUp", Username=email, Password=password, UserAttributes=attributes)


def sign_in(stage: RunningStage, email: str, password: str = PASSWORD) -> requests.Response:
    given = {"USERNAME": email, "PASSWORD": password}
    return stage.for_client("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)


def refresh(user: User) -> requests.Response:
    given = {"REFRESH_TOKEN": user.tokens["RefreshToken"]}
    return user.stage.for_client("InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=given)


def other_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


# Signing up


def test_from_sign_up_to_sign_in(stage: RunningStage) -> None:
    email = address()
    assert sign_up(stage, email).status_code == 200
    refused_by_cognito(sign_in(stage, email), "UserNotConfirmedException")

    first = stage.code(email)
    wrong = stage.for_client("ConfirmSignUp", Username=email, ConfirmationCode=other_code(first))
    refused_by_cognito(wrong, "CodeMismatchException")
    refused_by_cognito(sign_in(stage, email), "UserNotConfirmedException")

    assert stage.for_client("ResendConfirmationCode", Username=email).status_code == 200
    second = stage.code(email, mails=2)
    assert stage.for_client("ConfirmSignUp", Username=email, ConfirmationCode=second).status_code == 200
    assert sign_in(stage, email).status_code == 200
    assert sign_in(stage, email.upper()).status_code == 200, "an address is the same in upper case"


def test_the_mail_says_what_it_is_for(stage: RunningStage, somebody: User) -> None:
    (mail,) = stage.mails(somebody.email)
    assert mail["subject"] == "Your code for Commonplace"
    assert re.search(r"\b\d{6}\b", mail["text"])
    page = requests.get(f"{stage.address}/mailbox", timeout=10)
    assert somebody.email in page.text and page.headers["Content-Type"].startswith("text/html")


def test_nobody_learns_who_is_here(stage: RunningStage, somebody: User) -> None:
    """A wrong password and an unknown address get the same answer."""
    wrong_password = sign_in(stage, somebody.email, "Wrong-horse-9")
    nobody = sign_in(stage, address())
    said = refused_by_cognito(wrong_password, "NotAuthorizedException")
    assert said == refused_by_cognito(nobody, "NotAuthorizedException")
    assert stage.for_client("ForgotPassword", Username=address()).status_code == 200


def test_an_address_signs_up_once(stage: RunningStage, somebody: User) -> None:
    refused_by_cognito(sign_up(stage, somebody.email), "UsernameExistsException")
    refused_by_cognito(sign_up(stage, somebody.email.upper()), "UsernameExistsException")
    assert sign_in(stage, somebody.email).status_code == 200


@pytest.mark.parametrize("password", ["Short-7", "no-upper-case-7", "NO-LOWER-CASE-7", "No-number-at-all"])
def test_weak_passwords(stage: RunningStage, somebody: User, password: str) -> None:
    refused_by_cognito(sign_up(stage, address(), password), "InvalidPasswordException")
    changed = stage.cognito(
        "ChangePassword",
        AccessToken=somebody.tokens["AccessToken"],
        PreviousPassword=PASSWORD,
        ProposedPassword=password,
    )
    refused_by_cognito(changed, "InvalidPasswordException")
    assert sign_in(stage, somebody.email).status_code == 200


def test_an_unverified_address_is_nobodys(stage: RunningStage, somebody: User, bruno: User) -> None:
    """To claim another's address, people must be able to read its mail."""
    theirs = address()
    token = somebody.tokens["AccessToken"]
    stage.cognito("UpdateUserAttributes", AccessToken=token, UserAttributes=[{"Name": "email", "Value": theirs}])
    for email in (somebody.email, theirs):
        if (answer := sign_in(stage, email)).status_code == 200:
            User(stage, email, PASSWORD, answer.json()["AuthenticationResult"]).get("/me")
    problem(bruno.get("/people", params={"email": theirs}), 404)


# Passwords


def test_a_forgotten_password(stage: RunningStage, somebody: User) -> None:
    def confirm(code: str) -> requests.Response:
        given = {"Username": somebody.email, "ConfirmationCode": code, "Password": NEW_PASSWORD}
        return stage.for_client("ConfirmForgotPassword", **given)

    assert stage.for_client("ForgotPassword", Username=somebody.email).status_code == 200
    code = stage.code(somebody.email, mails=2)
    refused_by_cognito(confirm(other_code(code)), "CodeMismatchException")
    assert sign_in(stage, somebody.email).status_code == 200, "nothing has changed yet"

    assert confirm(code).status_code == 200
    refused_by_cognito(sign_in(stage, somebody.email), "NotAuthorizedException")
    assert sign_in(stage, somebody.email, NEW_PASSWORD).status_code == 200
    assert confirm(code).status_code == 400, "a code works once"


def test_a_changed_password(stage: RunningStage, somebody: User) -> None:
    def change(previous: str) -> requests.Response:
        token = somebody.tokens["AccessToken"]
        passwords = {"PreviousPassword": previous, "ProposedPassword": NEW_PASSWORD}
        return stage.cognito("ChangePassword", AccessToken=token, **passwords)

    refused_by_cognito(change("Wrong-horse-9"), "NotAuthorizedException")
    assert change(PASSWORD).status_code == 200
    refused_by_cognito(sign_in(stage, somebody.email), "NotAuthorizedException")
    assert sign_in(stage, somebody.email, NEW_PASSWORD).status_code == 200


# Sessions


def test_a_refreshed_token_works(stage: RunningStage, curator: User) -> None:
    answer = refresh(curator)
    assert answer.status_code == 200, answer.text
    again = User(stage, curator.email, curator.password, answer.json()["AuthenticationResult"])
    assert again.token != curator.token
    assert again.get("/me").json() == curator.get("/me").json(), "the groups too"


def test_a_revoked_session_ends(stage: RunningStage, somebody: User) -> None:
    other = stage.sign_in(somebody.email, somebody.password)
    assert stage.for_client("RevokeToken", Token=somebody.tokens["RefreshToken"]).status_code == 200
    refused_by_cognito(refresh(somebody), "NotAuthorizedException")
    assert refresh(other).status_code == 200, "the session on another device goes on"


def test_signing_out_everywhere(stage: RunningStage, somebody: User) -> None:
    other = stage.sign_in(somebody.email, somebody.password)
    assert stage.cognito("GlobalSignOut", AccessToken=somebody.tokens["AccessToken"]).status_code == 200
    refused_by_cognito(refresh(somebody), "NotAuthorizedException")
    refused_by_cognito(refresh(other), "NotAuthorizedException")
    assert sign_in(stage, somebody.email).status_code == 200


def test_whatever_was_signed_in_before_ends_at_once(stage: RunningStage, somebody: User) -> None:
    """Its socket, its ticket, its token, and one renewed meanwhile; not what signs in afterwards."""
    other = stage.sign_in(somebody.email, somebody.password)
    ticket = a_ticket(other)
    with Socket(other) as socket:
        assert somebody.delete("/me/sessions").status_code == 204
        with pytest.raises(ConnectionClosed):
            socket.until(lambda heard: False)
    renewed = User(stage, other.email, other.password, refresh(other).json()["AuthenticationResult"])
    for each in (somebody, other, renewed):
        problem(each.get("/me"), 401)
        problem(each.post("/todos", {"title": "Too late"}), 401)
        problem(each.delete("/me"), 401)
    assert refused(stage, f"?ticket={ticket}")
    until(lambda: stage.sign_in(somebody.email, somebody.password).get("/me").status_code == 200)  # the next second


# The account and others


def test_me(stage: RunningStage) -> None:
    user = stage.sign_up(name="Grace Böhm")
    me = user.get("/me").json()
    assert me == {"id": me["id"], "email": user.email, "name": "Grace Böhm", "groups": []}
    assert user.stage.call("GET", "/me", headers={"Authorization": f"Bearer {user.token}"}).json() == me


def test_a_first_visit_with_many_tabs(somebody: User) -> None:
    with ThreadPoolExecutor(6) as tabs:
        answers = list(tabs.map(lambda _: somebody.get("/me"), range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1


def test_groups(curator: User, bruno: User) -> None:
    assert curator.get("/me").json()["groups"] == ["authors", "curators"]
    assert bruno.get("/me").json()["groups"] == []


def test_a_name_is_changed(stage: RunningStage, somebody: User) -> None:
    before = somebody.get("/me").json()
    changed = somebody.put("/me", {"name": "  Ælfgifu 山田 "})
    assert changed.json() == {**before, "name": "Ælfgifu 山田"}
    assert somebody.get("/me").json()["name"] == "Ælfgifu 山田"
    assert stage.sign_in(somebody.email, PASSWORD).get("/me").json()["name"] == "Ælfgifu 山田"


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, "/name"),
        ({"name": "   "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": 7}, "/name"),
        ({"name": "two\nlines"}, "/name"),
        ({"name": "Zoe", "email": "other@example.com"}, "/email"),
        ({"name": "Zoe", "groups": ["curators"]}, "/groups"),
    ],
)
def test_a_name_that_is_none(bruno: User, body: dict[str, Any], at: str) -> None:
    before = bruno.get("/me").json()
    assert pointers(bruno.put("/me", body)) == [at]
    assert bruno.get("/me").json() == before


def test_people_are_found_by_their_exact_address(bruno: User, chidi: User) -> None:
    found = bruno.get("/people", params={"email": chidi.email})
    assert found.status_code == 200 and found.json() == {"id": chidi.id, "name": "Chidi Okafor"}
    assert bruno.get("/people", params={"email": f" {chidi.email.upper()} "}).json() == found.json()
    problem(bruno.get("/people", params={"email": chidi.email[:-1]}), 404)
    problem(bruno.get("/people", params={"email": "@"}), 404)
    problem(bruno.get("/people", params={"email": ""}), 404)
    assert problem(bruno.get("/people"), 400)["errors"][0]["pointer"] == "/email"


def test_a_new_name_is_what_others_see(bruno: User, somebody: User) -> None:
    somebody.put("/me", {"name": "Renamed"})
    found = until(lambda: bruno.get("/people", params={"email": somebody.email}))
    assert found.json() == {"id": somebody.id, "name": "Renamed"}


# Leaving


def test_a_deleted_account_leaves_nothing(stage: RunningStage, somebody: User, bruno: User) -> None:
    id, his, mine = somebody.id, [added(somebody) for _ in range(3)], added(bruno)
    gone = somebody.delete("/me")
    assert gone.status_code == 204 and gone.content == b""

    until(lambda: sign_in(stage, somebody.email).status_code == 400)
    refused_by_cognito(sign_in(stage, somebody.email), "NotAuthorizedException")
    refused_by_cognito(refresh(somebody), "NotAuthorizedException")
    for album in his:
        until(lambda album=album: bruno.get(f"/albums/{album['id']}").status_code == 404)  # type: ignore[misc]
    problem(bruno.get("/people", params={"email": somebody.email}), 404)
    row = root(stage, "dynamodb").get_item(TableName=outputs(stage)["PeopleTable"], Key={"id": {"S": id}})["Item"]
    assert row.keys() == {"id", "erasedAt", "expiresAt"}, "only the mark that he is gone, and that one goes by itself"
    assert bruno.get(f"/albums/{mine['id']}").json() == mine, "what others added stays"

    taken_over = added(bruno, **{name: his[0][name] for name in ("rank", "title", "artist")})
    remove(bruno, mine, taken_over)


def test_a_token_outlives_its_account_in_vain(stage: RunningStage, somebody: User) -> None:
    assert somebody.get("/me").status_code == 200
    assert somebody.delete("/me").status_code == 204
    problem(somebody.get("/me"), 401)
    problem(somebody.put("/me", {"name": "Still here"}), 401)
    assert somebody.delete("/me").status_code in (204, 401), "deleting twice does no harm"
    problem(somebody.get("/me"), 401)


def test_when_the_mark_goes_what_is_left_goes_with_it(stage: RunningStage, somebody: User, bruno: User) -> None:
    """Such as files uploaded to the folder with older credentials."""
    id, album = somebody.id, added(somebody)
    people, albums = outputs(stage)["PeopleTable"], outputs(stage)["AlbumsTable"]
    item = root(stage, "dynamodb").get_item(TableName=albums, Key={"id": {"S": album["id"]}})["Item"]
    assert somebody.delete("/me").status_code == 204
    until(lambda: bruno.get(f"/albums/{album['id']}").status_code == 404)
    root(stage, "dynamodb").put_item(TableName=albums, Item=item)
    root(stage, "dynamodb").delete_item(TableName=people, Key={"id": {"S": id}})  # as expiry does
    until(lambda: bruno.get(f"/albums/{album['id']}").status_code == 404)


def test_sockets_of_a_deleted_account_are_closed(somebody: User, bruno: User) -> None:
    with Socket(somebody) as first, Socket(somebody) as second, Socket(bruno) as other:
        assert somebody.delete("/me").status_code == 204
        for socket in first, second:
            with pytest.raises(ConnectionClosed):
                socket.until(lambda heard: False)
        other.ping()


def test_an_interrupted_deletion_is_finished(stage: RunningStage, somebody: User, bruno: User) -> None:
    """The mark alone, as left by a crash right after it, triggers the rest."""
    id, album = somebody.id, added(somebody)
    mark = {"id": {"S": id}, "erasedAt": {"S": "2026-01-01T00:00:00.000Z"}, "expiresAt": {"N": "4000000000"}}
    root(stage, "dynamodb").put_item(TableName=outputs(stage)["PeopleTable"], Item=mark)
    until(lambda: bruno.get(f"/albums/{album['id']}").status_code == 404)
    until(lambda: sign_in(stage, somebody.email).status_code == 400)


def test_who_comes_back_is_somebody_new(stage: RunningStage, somebody: User) -> None:
    before = somebody.id
    assert somebody.delete("/me").status_code == 204
    until(lambda: sign_up(stage, somebody.email, name="New Start").status_code == 200)
    code = stage.code(somebody.email, mails=2)
    assert stage.for_client("ConfirmSignUp", Username=somebody.email, ConfirmationCode=code).status_code == 200
    again = stage.sign_in(somebody.email, PASSWORD).get("/me").json()
    assert again["name"] == "New Start" and again["id"] != before


# The hosted page


class Hosted:
    """A browser on Cognito's own page, with proof of possession for the code (PKCE)."""

    def __init__(self, stage: RunningStage) -> None:
        self.stage = stage
        self.back = f"{stage.address}/"
        self.verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")
        self.asked = {
            "response_type": "code",
            "client_id": stage.config["userPoolClientId"],
            "redirect_uri": self.back,
            "scope": "openid email profile aws.cognito.signin.user.admin",
            "state": secrets.token_urlsafe(12),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }

    def open(self, **changes: str) -> requests.Response:
        url = self.stage.config["hostedUi"] + "/oauth2/authorize"
        return requests.get(url, params={**self.asked, **changes}, timeout=20)

    def sign_in(self, email: str, password: str) -> requests.Response:
        page = self.open().text
        action = re.findall(r'<form method="POST" action="([^"]+)"', page)[0]
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        form = {**hidden, "username": email, "password": password}
        url = self.stage.config["hostedUi"] + action
        return requests.post(url, data=form, allow_redirects=False, timeout=20)

    def tokens(self, code: str, **changes: str) -> requests.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": self.asked["client_id"],
            "redirect_uri": self.back,
            "code": code,
            "code_verifier": self.verifier,
        }
        return requests.post(self.stage.config["hostedUi"] + "/oauth2/token", data={**form, **changes}, timeout=20)


def test_the_hosted_page(stage: RunningStage, somebody: User) -> None:
    hosted = Hosted(stage)
    back = hosted.sign_in(somebody.email, somebody.password)
    assert back.status_code in (302, 303)
    where = urlsplit(back.headers["Location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == hosted.back
    query = {name: values[0] for name, values in parse_qs(where.query).items()}
    assert query["state"] == hosted.asked["state"]

    assert hosted.tokens(query["code"], code_verifier=secrets.token_urlsafe(48)).json()["error"] == "invalid_grant"
    answer = hosted.tokens(query["code"])
    assert answer.status_code == 200, answer.text
    token = answer.json()["id_token"]
    assert stage.call("GET", "/me", headers={"Authorization": token}).json()["email"] == somebody.email
    assert hosted.tokens(query["code"]).json()["error"] == "invalid_grant", "a code works once"

    form = {"grant_type": "refresh_token", "client_id": hosted.asked["client_id"]}
    renewed = requests.post(
        stage.config["hostedUi"] + "/oauth2/token",
        data={**form, "refresh_token": answer.json()["refresh_token"]},
        timeout=20,
    )
    again = stage.call("GET", "/me", headers={"Authorization": renewed.json()["id_token"]})
    assert again.json()["email"] == somebody.email


def test_the_hosted_page_refuses(stage: RunningStage, somebody: User) -> None:
    hosted = Hosted(stage)
    refused = hosted.sign_in(somebody.email, "Wrong-horse-9")
    assert "code=" not in refused.headers.get("Location", "") and refused.status_code < 500
    elsewhere = hosted.open(redirect_uri="https://evil.example/")
    assert elsewhere.status_code == 400 and "<form" not in elsewhere.text
