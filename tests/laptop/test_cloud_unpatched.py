"""Where ministack matches AWS without a patch, and must continue to."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.laptop.api_document import openapi
from tests.laptop.closed.identities import jwt
from tests.laptop.closed.sign_in import join
from tests.laptop.embedded_support import (
    PASSWORD,
    PATIENCE,
    Bed,
    claims,
    refused,
    sign_in,
    unique,
)


def test_wrong_codes_and_passwords(bed: Bed) -> None:
    people, (_, app) = bed.client("cognito-idp"), bed.people
    email = bed.sign_up(app)
    with pytest.raises(people.exceptions.UserNotConfirmedException):
        bed.tokens(app, email)
    first = bed.code(email)
    people.resend_confirmation_code(ClientId=app, Username=email)
    assert bed.code(email) != first
    wrong = f"{(int(bed.code(email)) + 1) % 1_000_000:06}"
    with pytest.raises(people.exceptions.CodeMismatchException):
        people.confirm_sign_up(ClientId=app, Username=email, ConfirmationCode=wrong)
    people.confirm_sign_up(ClientId=app, Username=email, ConfirmationCode=bed.code(email))
    with pytest.raises(people.exceptions.NotAuthorizedException):
        bed.tokens(app, email, "Wrong-horse-7")
    with pytest.raises(people.exceptions.InvalidPasswordException):
        people.sign_up(ClientId=app, Username="b@example.org", Password="short")
    with pytest.raises(people.exceptions.UsernameExistsException):
        people.sign_up(ClientId=app, Username=email, Password=PASSWORD)


def test_a_forgotten_and_a_changed_password(bed: Bed) -> None:
    people, (_, app) = bed.client("cognito-idp"), bed.people
    email = bed.person(app)
    people.forgot_password(ClientId=app, Username=email)
    reset = {"ClientId": app, "Username": email, "Password": "Another-horse-8"}
    with pytest.raises(people.exceptions.CodeMismatchException):
        people.confirm_forgot_password(ConfirmationCode="x", **reset)
    people.confirm_forgot_password(ConfirmationCode=bed.code(email), **reset)
    tokens = bed.tokens(app, email, "Another-horse-8")
    change = {"AccessToken": tokens["AccessToken"], "ProposedPassword": "Third-horse-9"}
    with pytest.raises(people.exceptions.NotAuthorizedException):
        people.change_password(PreviousPassword=PASSWORD, **change)
    people.change_password(PreviousPassword="Another-horse-8", **change)
    assert bed.tokens(app, email, "Third-horse-9")


def test_a_revoked_session_is_not_refreshed(bed: Bed) -> None:
    people, (_, app) = bed.client("cognito-idp"), bed.people
    email = bed.person(app)
    everywhere, here = bed.tokens(app, email), bed.tokens(app, email)
    assert refresh(bed, app, here)["AuthenticationResult"]["IdToken"]
    people.revoke_token(ClientId=app, Token=here["RefreshToken"])
    with pytest.raises(people.exceptions.NotAuthorizedException):
        refresh(bed, app, here)
    assert refresh(bed, app, everywhere)
    people.global_sign_out(AccessToken=everywhere["AccessToken"])
    with pytest.raises(people.exceptions.NotAuthorizedException):
        refresh(bed, app, everywhere)
    with pytest.raises(people.exceptions.NotAuthorizedException):
        people.get_user(AccessToken=everywhere["AccessToken"])


def refresh(bed: Bed, app: str, tokens: dict[str, str]) -> Any:
    given = {"REFRESH_TOKEN": tokens["RefreshToken"]}
    return bed.client("cognito-idp").initiate_auth(ClientId=app, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=given)


def test_signing_in_without_telling_the_password(bed: Bed) -> None:
    people, (pool, app) = bed.client("cognito-idp"), bed.people
    email = bed.person(app)
    assert sign_in(people, pool, app, email, PASSWORD)["IdToken"]
    with pytest.raises(people.exceptions.NotAuthorizedException):
        sign_in(people, pool, app, email, "Wrong-horse-7")


def test_groups_and_deletion(bed: Bed) -> None:
    people, (pool, app) = bed.client("cognito-idp"), bed.people
    email, group = bed.person(app), unique("curators")
    join(bed, pool, email, group)
    assert claims(bed.tokens(app, email)["IdToken"])["cognito:groups"] == [group]
    people.admin_delete_user(UserPoolId=pool, Username=email)
    with pytest.raises(people.exceptions.NotAuthorizedException):
        bed.tokens(app, email)


def test_an_identity_opens_to_its_own_person_only(bed: Bed) -> None:
    identities, pool = bed.client("cognito-identity"), bed.identity_pool()
    people, (_, app) = bed.client("cognito-idp"), bed.people
    email = bed.person(app)
    mine, again, theirs = bed.tokens(app, email), bed.tokens(app, email), bed.tokens(app, bed.person(app))
    own, other = (
        identities.get_id(IdentityPoolId=pool, Logins=bed.logins(tokens["IdToken"]))["IdentityId"]
        for tokens in (mine, theirs)
    )
    assert own != other

    def opens(identity: str, logins: dict[str, str] | None) -> bool:
        more = {} if logins is None else {"Logins": logins}
        answers = refused(identities.get_credentials_for_identity, IdentityId=identity, **more)
        return not answers and not refused(identities.get_id, IdentityPoolId=pool, **more)

    assert opens(own, bed.logins(mine["IdToken"]))
    assert opens(own, bed.logins(again["IdToken"]))
    assert identities.get_id(IdentityPoolId=pool, Logins=bed.logins(again["IdToken"]))["IdentityId"] == own
    (provider,) = bed.logins()
    foreign_pool, foreign_app = bed.pool()
    foreign = bed.tokens(foreign_app, bed.person(foreign_app))["IdToken"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    unknown = {"UserPoolId": bed.people[0], "ClientName": "unknown", "ExplicitAuthFlows": flows}
    client = people.create_user_pool_client(**unknown)["UserPoolClient"]["ClientId"]
    head, payload, signature = mine["IdToken"].split(".")
    wrong: dict[str, dict[str, str] | None] = {
        "nothing": None,
        "no login": {},
        "another's token": bed.logins(theirs["IdToken"]),
        "an access token": bed.logins(mine["AccessToken"]),
        "a forged token": bed.logins(".".join([head, payload, signature[:-8] + "AAAAAAAA"])),
        "an unsigned token": bed.logins(jwt(**claims(mine["IdToken"]))),
        "a word": bed.logins("nonsense"),
        "another pool's token": bed.logins(foreign),
        "another pool": {provider.replace(bed.people[0], foreign_pool): foreign},
        "another client": bed.logins(bed.tokens(client, email)["IdToken"]),
        "another provider": {"accounts.google.com": mine["IdToken"]},
    }
    assert [name for name, logins in wrong.items() if opens(own, logins)] == []
    assert opens(own, bed.logins(mine["IdToken"]))
    assert not opens(other, bed.logins(mine["IdToken"]))


def test_a_browser_may_call_cognito(bed: Bed) -> None:
    _, app = bed.people
    page = {"Origin": "http://localhost:8000"}
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-amz-target"}
    allowed = requests.options(bed.endpoint, headers={**page, **wanted}, timeout=PATIENCE)
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (200, page["Origin"])
    target = "AWSCognitoIdentityProviderService.InitiateAuth"
    headers = {**page, "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    given = {"USERNAME": bed.person(app), "PASSWORD": PASSWORD}
    body = {"ClientId": app, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given}
    answer = requests.post(bed.endpoint, json=body, headers=headers, timeout=PATIENCE)
    assert "IdToken" in answer.json()["AuthenticationResult"]
    assert answer.headers["Access-Control-Allow-Origin"] == page["Origin"]


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("DynamoDB_20120810.ListTables", "application/x-amz-json-1.0"),
        ("AWSCognitoIdentityProviderService.ListUserPools", "application/x-amz-json-1.1"),
        ("AWSCognitoIdentityProviderService.AdminDeleteUser", "application/x-amz-json-1.1"),
    ],
)
def test_a_page_without_keys_is_refused(bed: Bed, target: str, kind: str) -> None:
    headers = {"Origin": "http://evil.example", "X-Amz-Target": target, "Content-Type": kind}
    assert requests.post(bed.endpoint, data="{}", headers=headers, timeout=PATIENCE).status_code in (400, 403)


def test_the_gateway_answers_in_our_words(bed: Bed) -> None:
    function = bed.answering
    api = bed.client("apigateway").import_rest_api(body=openapi(bed, function))["id"]
    url = bed.deploy(api)
    unknown, unknown_method = (
        requests.get(f"{url}/nothing", timeout=PATIENCE),
        requests.patch(f"{url}/albums", timeout=PATIENCE),
    )
    invalid = requests.post(f"{url}/albums", json={"rank": 1}, timeout=PATIENCE)
    not_json = requests.post(f"{url}/albums", data="{", headers={"Content-Type": "application/json"}, timeout=PATIENCE)
    large = requests.post(f"{url}/albums", data=b"x" * 11_000_000, timeout=PATIENCE)
    answers = {"unknown": unknown, "method": unknown_method, "invalid": invalid, "not json": not_json, "large": large}
    statuses = {name: answer.status_code for name, answer in answers.items()}
    assert statuses == {"unknown": 404, "method": 404, "invalid": 422, "not json": 422, "large": 413}
    for answer in answers.values():
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.json()["title"]
    refusal = requests.delete(f"{url}/albums", timeout=PATIENCE)
    assert (refusal.status_code, refusal.json()) == (405, {"title": "Not allowed"})
    preflight = requests.options(f"{url}/albums", headers={"Origin": "http://localhost:8000"}, timeout=PATIENCE)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Methods"]) == (200, "POST,OPTIONS")


@pytest.mark.parametrize(
    ("condition", "low", "expected"),
    [
        ("pk = :pk", "", "abcd"),
        ("pk = :pk AND sk = :low", "b", "b"),
        ("#pk = :pk and sk > :low", "b", "cd"),
        ("pk = :pk AND #sk >= :low", "b", "bcd"),
        ("pk = :pk AND sk < :low", "b", "a"),
        ("sk <= :low AND pk = :pk", "b", "ab"),
        ("(pk = :pk) AND (sk = :low)", "b", "b"),
        ("pk = :pk AND begins_with(sk, :low)", "c", "c"),
        ("pk = :pk AND sk BETWEEN :low AND :high", "b", "bc"),
    ],
)
def test_key_conditions(bed: Bed, letters: str, condition: str, low: str, expected: str) -> None:
    values = {":pk": {"S": "one"}, ":low": {"S": low}, ":high": {"S": "c"}}
    names = {"#pk": "pk", "#sk": "sk"}
    query = {
        "TableName": letters,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {name: value for name, value in values.items() if name in condition},
        "ExpressionAttributeNames": {name: key for name, key in names.items() if name in condition},
    }
    query = {name: value for name, value in query.items() if value}
    items = bed.client("dynamodb").query(**query)["Items"]
    assert "".join(item["sk"]["S"] for item in items) == expected


@pytest.mark.parametrize("condition", ["pk = :pk AND sk > :n", "pk = :pk AND other > :pk", "pk > :pk", "pk = :pk AND"])
def test_wrong_key_conditions(bed: Bed, letters: str, condition: str) -> None:
    values = {":pk": {"S": "one"}, ":n": {"N": "1"}}
    used = {name: value for name, value in values.items() if name in condition}
    query = bed.client("dynamodb").query
    with pytest.raises(ClientError, match="ValidationException"):
        query(TableName=letters, KeyConditionExpression=condition, ExpressionAttributeValues=used)


@pytest.fixture(scope="module")
def letters(bed: Bed) -> str:
    table = bed.table()
    for name in "abcd":
        bed.put(table, name)
    return table


def test_cors_is_ours_to_give(bed: Bed) -> None:
    _, url = bed.rest_api(bed.answering)
    answer = requests.get(f"{url}/x", headers={"Origin": "http://localhost:8000"}, timeout=PATIENCE)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_tokens_are_checked(bed: Bed) -> None:
    pool, app = bed.people
    _, url = bed.rest_api(bed.answering, pool)
    _, other = bed.pool()
    token = bed.tokens(app, bed.person(app))["IdToken"]
    foreign = bed.tokens(other, bed.person(other))["IdToken"]
    head, payload, signature = token.split(".")
    forged = ".".join([head, payload, signature[:-8] + "AAAAAAAA"])
    for given, status in (token, 200), (f"Bearer {token}", 200), (forged, 401), (foreign, 401):
        assert requests.get(f"{url}/x", headers={"Authorization": given}, timeout=PATIENCE).status_code == status
    assert requests.get(f"{url}/x", timeout=PATIENCE).status_code == 401


def test_functions_see_their_role_only(bed: Bed) -> None:
    table, other = bed.table(), bed.table()
    arn = f"arn:aws:dynamodb:{bed.cloud.region}:{bed.cloud.account}:table/{table}"
    source = """
        import boto3, os
        def handler(event, context):
            try:
                boto3.client("dynamodb").scan(TableName=event["table"])
            except Exception as error:
                return error.response["Error"]["Code"]
            return os.environ.get("AWS_PROFILE", "good")
    """
    function = bed.function(source, Role=bed.role({"Action": "dynamodb:Scan", "Resource": arn}))
    answers = [bed.invoke(function, {"table": name}) for name in (table, other)]
    assert answers == ["good", "AccessDeniedException"]
