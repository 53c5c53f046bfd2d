"""Cognito: signing up and in, codes, the hosted page."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.laptop.closed import closes
from tests.laptop.closed.attributes import addresses
from tests.laptop.embedded_support import (
    PASSWORD,
    PATIENCE,
    Bed,
    claims,
    refused,
    sign_in,
    unique,
)

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@closes("limits")
def wrong_passwords_have_an_end(bed: Bed) -> None:
    app = bed.people[1]
    email = bed.person(app)
    with ThreadPoolExecutor(10) as pool:
        guesses = pool.map(lambda _: refusal_of(bed.tokens, app, email, "Wrong-horse-7"), range(30))
        assert "Password attempts exceeded" in set(guesses)


def refusal_of(call: Callable[..., Any], *given: Any) -> str:
    try:
        call(*given)
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    return ""


@closes("identity")
def each_mail_has_a_code_of_its_own(bed: Bed) -> None:
    _, app = bed.people
    codes = [bed.code(bed.sign_up(app)) for _ in range(3)]
    assert len(set(codes)) == 3


@closes("identity")
def confirmation_calls_its_trigger(bed: Bed) -> None:
    called = bed.folder()
    function = bed.function(f"""
        import pathlib
        def handler(event, context):
            text = event["triggerSource"] + " " + event["request"]["userAttributes"]["email"]
            pathlib.Path({str(called)!r}, "call").write_text(text)
            return event
    """)
    _, app = bed.pool(LambdaConfig={"PostConfirmation": bed.arn(function)})
    email = bed.person(app)
    assert (called / "call").read_text() == f"PostConfirmation_ConfirmSignUp {email}"


@closes("identity")
def a_confirmed_address_is_verified(bed: Bed) -> None:
    pool, app = bed.people
    known = bed.client("cognito-idp").admin_get_user(UserPoolId=pool, Username=bed.person(app))["UserAttributes"]
    assert {"Name": "email_verified", "Value": "true"} in known


@closes("identity")
def codes_go_only_where_they_may(bed: Bed) -> None:
    people, (_, app) = bed.client("cognito-idp"), bed.people
    new, known = bed.sign_up(app), bed.person(app)
    assert refused(people.forgot_password, ClientId=app, Username=new)
    assert refused(people.resend_confirmation_code, ClientId=app, Username=known)


@closes("usernames")
def capitals_make_nobody_else(bed: Bed) -> None:
    people = bed.client("cognito-idp")
    pool, app = bed.pool(UsernameConfiguration={"CaseSensitive": False})
    email = bed.person(app)
    assert claims(bed.tokens(app, email.upper())["IdToken"])["email"] == email
    assert sign_in(people, pool, app, email.title(), PASSWORD)["IdToken"]
    with pytest.raises(people.exceptions.UsernameExistsException):
        people.sign_up(ClientId=app, Username=email.upper(), Password=PASSWORD)
    with pytest.raises(people.exceptions.UsernameExistsException):
        people.admin_create_user(UserPoolId=pool, Username=email.upper(), MessageAction="SUPPRESS")
    people.forgot_password(ClientId=app, Username=email.upper())
    reset = {"ConfirmationCode": bed.code(email), "Password": "Another-horse-8"}
    people.confirm_forgot_password(ClientId=app, Username=email.capitalize(), **reset)
    assert bed.tokens(app, email, "Another-horse-8")
    assert len(people.list_users(UserPoolId=pool)["Users"]) == 1


@closes("usernames")
def names_differ_by_more_than_capitals(bed: Bed) -> None:
    """The same if the name is not an address."""
    people = bed.client("cognito-idp")
    settings = {"UsernameConfiguration": {"CaseSensitive": False}}
    pool = people.create_user_pool(PoolName=unique("pool"), **settings)["UserPool"]["Id"]
    people.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    with pytest.raises(people.exceptions.UsernameExistsException):
        people.admin_create_user(UserPoolId=pool, Username="Ada", MessageAction="SUPPRESS")
    assert people.admin_get_user(UserPoolId=pool, Username="ADA")["Username"] == "ada"


@closes("challenges")
def nobody_answers_the_challenge_of_another(bed: Bed) -> None:
    people, (pool, app) = bed.client("cognito-idp"), bed.people
    victim, invited = bed.person(app), f"{unique('new')}@example.org"
    guess = {"ClientId": app, "Session": "a" * 44}
    changed = {"USERNAME": victim, "NEW_PASSWORD": "Another-horse-8", "SOFTWARE_TOKEN_MFA_CODE": "123456"}
    kinds = "NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA", "MFA_SETUP"
    for kind in kinds:
        assert refused(people.respond_to_auth_challenge, **guess, ChallengeName=kind, ChallengeResponses=changed), kind
    new = {"UserPoolId": pool, "Username": invited, "MessageAction": "SUPPRESS"}
    people.admin_create_user(**new, TemporaryPassword=PASSWORD)
    given = {"USERNAME": invited, "PASSWORD": PASSWORD}
    asked = people.initiate_auth(ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    answer = {"ClientId": app, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": asked["Session"]}
    assert refused(people.respond_to_auth_challenge, **answer, ChallengeResponses=changed)
    assert bed.tokens(app, victim)
    own = {**changed, "USERNAME": invited}
    assert refused(people.respond_to_auth_challenge, **{**answer, "ChallengeName": "MFA_SETUP"}, ChallengeResponses=own)
    weak = {**own, "NEW_PASSWORD": "short"}
    assert refused(people.respond_to_auth_challenge, **answer, ChallengeResponses=weak)
    result = people.respond_to_auth_challenge(**answer, ChallengeResponses=own)["AuthenticationResult"]
    assert addresses(result["IdToken"]) == (invited, False)
    assert refused(people.respond_to_auth_challenge, **answer, ChallengeResponses=own)


@closes("identity")
def a_hosted_sign_in_keeps_its_groups(bed: Bed) -> None:
    pool, app = bed.people
    email, group = bed.person(app), unique("curators")
    join(bed, pool, email, group)
    tokens = hosted_sign_in(bed, app, email)
    assert claims(tokens["id_token"])["cognito:groups"] == [group]
    grant = {"grant_type": "refresh_token", "client_id": app, "refresh_token": tokens["refresh_token"]}
    fresh = requests.post(f"{bed.endpoint}/oauth2/token", data=grant, timeout=PATIENCE).json()
    assert claims(fresh["id_token"])["cognito:groups"] == [group]


def join(bed: Bed, pool: str, email: str, group: str) -> None:
    people = bed.client("cognito-idp")
    people.create_group(UserPoolId=pool, GroupName=group)
    people.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)


def hosted_sign_in(bed: Bed, app: str, email: str) -> dict[str, str]:
    """What a browser does on the hosted page, with PKCE."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "client_id": app,
        "redirect_uri": "http://localhost:8000/",
        "response_type": "code",
        "scope": "openid email",
        "state": "where I was",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    page = requests.get(f"{bed.endpoint}/oauth2/authorize", params=asked, timeout=PATIENCE)
    fields = {name: html.unescape(value) for name, value in HIDDEN.findall(page.text)}
    form = {**fields, "username": email, "password": PASSWORD}
    sent = requests.post(f"{bed.endpoint}/login", data=form, allow_redirects=False, timeout=PATIENCE)
    back = urllib.parse.parse_qs(urllib.parse.urlsplit(sent.headers["Location"]).query)
    assert back["state"] == ["where I was"]
    grant = {
        "grant_type": "authorization_code",
        "client_id": app,
        "redirect_uri": asked["redirect_uri"],
        "code": back["code"][0],
    }
    page_origin = {"Origin": "http://localhost:8000"}
    guessed = requests.post(f"{bed.endpoint}/oauth2/token", data={**grant, "code_verifier": "a" * 50}, timeout=PATIENCE)
    assert guessed.status_code == 400
    answer = requests.post(
        f"{bed.endpoint}/oauth2/token", data={**grant, "code_verifier": verifier}, headers=page_origin, timeout=PATIENCE
    )
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", page_origin["Origin"])  # "*" in ministack's
    return dict(answer.json())


@closes("identity")
def the_gateway_takes_id_tokens_only(bed: Bed) -> None:
    pool, app = bed.people
    _, url = bed.rest_api(bed.answering, pool)
    tokens = bed.tokens(app, bed.person(app))
    answers = [
        requests.get(f"{url}/x", headers={"Authorization": tokens[kind]}, timeout=PATIENCE)
        for kind in ("IdToken", "AccessToken")
    ]
    assert [answer.status_code for answer in answers] == [200, 401]
