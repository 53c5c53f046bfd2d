"""The embedded cloud: each difference from AWS that it closes, tried on it and on ministack as it comes."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from websockets.sync.client import connect

from cloud.embedded import CloudError, EmbeddedCloud
from tests.cloud.embedded_support import (
    PASSWORD,
    PATIENCE,
    Bed,
    eventually,
    free_port,
    integration_uri,
    package,
    sign_in,
    unique,
)

PROCESSES = 4 * (os.cpu_count() or 2)
ECHO = "def handler(event, context): return event"
FAIL = 'def handler(event, context): raise RuntimeError("a secret detail")'
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
Check = Callable[[Bed], None]


@pytest.fixture(scope="module")
def bed() -> Iterator[Bed]:
    built = Bed()
    yield built
    built.close()


def refused(call: Callable[..., Any], **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 401, 403)
    return False


# What each module of cloud/embedded closes


def policy_variables_open_the_own_folder_only(bed: Bed) -> None:
    bucket = unique("files")
    bed.client("s3").create_bucket(Bucket=bucket)
    folder = f"arn:aws:s3:::{bucket}/${{cognito-identity.amazonaws.com:sub}}/*"
    pool = bed.identity_pool({"Action": ["s3:PutObject", "s3:GetObject"], "Resource": folder})
    identities, logins = bed.client("cognito-identity"), bed.logins()
    identity = identities.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
    keys = identities.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
    own = bed.client(
        "s3",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretKey"],
        aws_session_token=keys["SessionToken"],
    )
    own.put_object(Bucket=bucket, Key=f"{identity}/note.txt", Body=b"mine")
    assert own.get_object(Bucket=bucket, Key=f"{identity}/note.txt")["Body"].read() == b"mine"
    assert refused(own.put_object, Bucket=bucket, Key="somebody-else/note.txt", Body=b"not mine")
    assert refused(own.list_objects_v2, Bucket=bucket)


def the_root_key_has_to_sign(bed: Bed) -> None:
    for key in bed.cloud.environment["AWS_ACCESS_KEY_ID"], "test", "123456789012":
        guess = bed.client("dynamodb", aws_access_key_id=key, aws_secret_access_key="test")
        assert refused(guess.list_tables), key


def a_page_may_read_why_it_is_refused(bed: Bed) -> None:
    bucket, page = unique("files"), "https://page.example"
    client = bed.client("s3")
    client.create_bucket(Bucket=bucket)
    rule = {"AllowedOrigins": [page], "AllowedMethods": ["GET"], "ExposeHeaders": ["Date"]}
    client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    scope = "Credential=AKIANOBODYSKEY000000/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 {scope}", "X-Amz-Date": "20260101T000000Z"}
    for origin, allowed in (page, page), ("https://other.example", None):
        headers = {**signed, "Origin": origin}
        answer = requests.get(f"{bed.endpoint}/{bucket}/x", headers=headers, timeout=PATIENCE)
        assert (answer.status_code, answer.headers.get("Access-Control-Allow-Origin")) == (403, allowed)


def unsigned_requests_make_no_buckets(bed: Bed) -> None:
    page = {"Origin": "http://evil.example"}
    assert requests.put(f"{bed.endpoint}/{unique('evil')}", headers=page, timeout=PATIENCE).status_code == 403
    assert requests.get(f"{bed.endpoint}/", headers=page, timeout=PATIENCE).status_code == 403


def internals_are_closed_to_pages(bed: Bed) -> None:
    page = {"Origin": "http://evil.example"}
    door = f"{bed.endpoint}/_ministack"
    assert requests.post(f"{door}/config", data="{}", headers=page, timeout=PATIENCE).status_code == 403
    assert requests.post(f"{door}/config", data="{}", timeout=PATIENCE).status_code == 403
    assert requests.get(f"{door}/ses/messages", headers=page, timeout=PATIENCE).status_code == 403
    assert requests.get(f"{door}/ses/messages", headers={"Host": "evil.example"}, timeout=PATIENCE).status_code == 403


def each_mail_has_a_code_of_its_own(bed: Bed) -> None:
    _, app = bed.people
    codes = [bed.code(bed.sign_up(app)) for _ in range(3)]
    assert len(set(codes)) == 3


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


def a_confirmed_address_is_verified(bed: Bed) -> None:
    pool, app = bed.people
    known = bed.client("cognito-idp").admin_get_user(UserPoolId=pool, Username=bed.person(app))["UserAttributes"]
    assert {"Name": "email_verified", "Value": "true"} in known


def claims(token: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")))


def codes_go_only_where_they_may(bed: Bed) -> None:
    people, (_, app) = bed.client("cognito-idp"), bed.people
    new, known = bed.sign_up(app), bed.person(app)
    assert refused(people.forgot_password, ClientId=app, Username=new)
    assert refused(people.resend_confirmation_code, ClientId=app, Username=known)


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


def names_differ_by_more_than_capitals(bed: Bed) -> None:
    """The same where the name is not an address."""
    people = bed.client("cognito-idp")
    settings = {"UsernameConfiguration": {"CaseSensitive": False}}
    pool = people.create_user_pool(PoolName=unique("pool"), **settings)["UserPool"]["Id"]
    people.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    with pytest.raises(people.exceptions.UsernameExistsException):
        people.admin_create_user(UserPoolId=pool, Username="Ada", MessageAction="SUPPRESS")
    assert people.admin_get_user(UserPoolId=pool, Username="ADA")["Username"] == "ada"


def attribute(name: str, value: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value}]


NOT_THEIRS = [
    ("cognito:groups", "curators"),
    ("cognito:username", "ada"),
    ("custom:unknown", "x"),
    ("custom:kept", "x"),
    ("sub", "00000000-0000-0000-0000-000000000000"),
    ("email_verified", "true"),
    ("phone_number_verified", "true"),
]


def people_write_only_what_they_may(bed: Bed) -> None:
    people = bed.client("cognito-idp")
    pool, app = bed.pool(Schema=[{"Name": "kept", "AttributeDataType": "String", "Mutable": True}])
    email = bed.person(app)
    tokens = bed.tokens(app, email)
    for name, value in NOT_THEIRS:
        both = [*attribute("name", "Eve"), *attribute(name, value)]
        assert refused(people.update_user_attributes, AccessToken=tokens["AccessToken"], UserAttributes=both), name
        new = {"Username": f"{unique('eve')}@example.org", "Password": PASSWORD}
        assert refused(people.sign_up, ClientId=app, **new, UserAttributes=both), name
    before, after = claims(tokens["IdToken"]), claims(bed.tokens(app, email)["IdToken"])
    assert {name: after.get(name) for name in ("sub", "email", "name", "cognito:groups")} == {
        "sub": before["sub"],
        "email": email,
        "name": None,
        "cognito:groups": None,
    }
    assert len(people.list_users(UserPoolId=pool)["Users"]) == 1
    people.update_user_attributes(AccessToken=tokens["AccessToken"], UserAttributes=attribute("name", "Ada"))
    assert claims(bed.tokens(app, email)["IdToken"])["name"] == "Ada"


def clients_write_only_what_they_may(bed: Bed) -> None:
    people, (pool, app) = bed.client("cognito-idp"), bed.pool()
    email = bed.person(app)
    token = bed.tokens(app, email)["AccessToken"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    only = {"WriteAttributes": ["email", "name"], "ExplicitAuthFlows": flows}
    people.update_user_pool_client(UserPoolId=pool, ClientId=app, **only)
    people.update_user_attributes(AccessToken=token, UserAttributes=attribute("name", "Ada"))
    with pytest.raises(people.exceptions.NotAuthorizedException):
        people.update_user_attributes(AccessToken=token, UserAttributes=attribute("nickname", "Countess"))


def administrators_keep_to_the_schema(bed: Bed) -> None:
    people, (pool, app) = bed.client("cognito-idp"), bed.people
    who = {"UserPoolId": pool, "Username": bed.person(app)}
    people.admin_update_user_attributes(**who, UserAttributes=attribute("email_verified", "true"))
    for name in "cognito:groups", "custom:unknown", "sub":
        with pytest.raises(people.exceptions.InvalidParameterException):
            people.admin_update_user_attributes(**who, UserAttributes=attribute(name, "curators"))
        new = {"UserPoolId": pool, "Username": f"{unique('eve')}@example.org", "MessageAction": "SUPPRESS"}
        with pytest.raises(people.exceptions.InvalidParameterException):
            people.admin_create_user(**new, UserAttributes=attribute(name, "curators"))


def addresses(token: str) -> tuple[str, bool]:
    told = claims(token)
    return told["email"], told["email_verified"]


WAITING = {"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}}


def a_new_address_waits_for_its_code(bed: Bed) -> None:
    people, (_, app) = bed.client("cognito-idp"), bed.pool(**WAITING)
    email, new = bed.person(app), f"{unique('new')}@example.org"
    token = {"AccessToken": bed.tokens(app, email)["AccessToken"]}
    told = people.update_user_attributes(**token, UserAttributes=attribute("email", new))
    assert [each["AttributeName"] for each in told["CodeDeliveryDetailsList"]] == ["email"]
    assert addresses(bed.tokens(app, email)["IdToken"]) == (email, True)
    assert refused(bed.tokens, app=app, email=new)
    proof = {**token, "AttributeName": "email"}
    first = bed.code(new)
    people.get_user_attribute_verification_code(**proof)
    wrong = f"{(int(bed.code(new)) + 1) % 1_000_000:06}"
    for code in {first, wrong} - {bed.code(new)}:
        assert refused(people.verify_user_attribute, **proof, Code=code)
    assert addresses(bed.tokens(app, email)["IdToken"]) == (email, True)
    people.verify_user_attribute(**proof, Code=bed.code(new))
    assert addresses(bed.tokens(app, new)["IdToken"]) == (new, True)
    assert refused(bed.tokens, app=app, email=email)
    assert refused(people.verify_user_attribute, **proof, Code=bed.code(new))


def a_code_proves_the_address_that_it_was_sent_to(bed: Bed) -> None:
    people, (_, app) = bed.client("cognito-idp"), bed.pool(**WAITING)
    email, mine, theirs = bed.person(app), *(f"{unique('new')}@example.org" for _ in range(2))
    token = {"AccessToken": bed.tokens(app, email)["AccessToken"]}
    proof = {**token, "AttributeName": "email"}
    for address in mine, theirs:
        people.update_user_attributes(**token, UserAttributes=attribute("email", address))
    assert bed.code(mine) == bed.code(theirs) or refused(people.verify_user_attribute, **proof, Code=bed.code(mine))
    people.update_user_attributes(**token, UserAttributes=attribute("email", email))
    assert refused(people.verify_user_attribute, **proof, Code=bed.code(theirs))
    assert addresses(bed.tokens(app, email)["IdToken"]) == (email, True)
    people.update_user_attributes(**token, UserAttributes=attribute("email", theirs))
    assert bed.code(email)  # what follows is the code of the sign-up, which proves nothing now
    assert refused(people.verify_user_attribute, **proof, Code=bed.code(email))


def an_address_has_one_person(bed: Bed) -> None:
    people, (_, app) = bed.client("cognito-idp"), bed.pool(**WAITING)
    email, other, late = bed.person(app), bed.person(app), f"{unique('late')}@example.org"
    token = {"AccessToken": bed.tokens(app, email)["AccessToken"]}
    with pytest.raises(people.exceptions.AliasExistsException):
        people.update_user_attributes(**token, UserAttributes=attribute("email", other))
    people.update_user_attributes(**token, UserAttributes=attribute("email", late))
    code = bed.code(late)
    people.sign_up(ClientId=app, Username=late, Password=PASSWORD)
    with pytest.raises(people.exceptions.AliasExistsException):
        people.verify_user_attribute(**token, AttributeName="email", Code=code)


def a_new_address_is_not_verified(bed: Bed) -> None:
    """Where it takes effect at once."""
    people, (_, app) = bed.client("cognito-idp"), bed.people
    email, new = bed.person(app), f"{unique('new')}@example.org"
    token = {"AccessToken": bed.tokens(app, email)["AccessToken"]}
    people.update_user_attributes(**token, UserAttributes=attribute("email", new))
    assert addresses(bed.tokens(app, new)["IdToken"]) == (new, False)
    assert refused(people.forgot_password, ClientId=app, Username=new)
    people.verify_user_attribute(**token, AttributeName="email", Code=bed.code(new))
    assert addresses(bed.tokens(app, new)["IdToken"]) == (new, True)


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


def nobody_has_an_identity_without_a_login(bed: Bed) -> None:
    identities, pool = bed.client("cognito-identity"), bed.identity_pool()
    assert refused(identities.get_id, IdentityPoolId=pool)
    assert refused(identities.get_id, IdentityPoolId=pool, Logins={})
    assert refused(identities.get_credentials_for_identity, IdentityId=f"{bed.cloud.region}:{uuid.uuid4()}")
    unknown = {"IdentityId": f"{bed.cloud.region}:{uuid.uuid4()}", "Logins": bed.logins()}
    assert refused(identities.get_credentials_for_identity, **unknown)


def an_ended_session_opens_no_identity(bed: Bed) -> None:
    people, (_, app) = bed.client("cognito-idp"), bed.people
    identities, pool = bed.client("cognito-identity"), bed.identity_pool()
    email = bed.person(app)
    out, gone = bed.tokens(app, email), bed.tokens(app, bed.person(app))
    for tokens, end in (out, people.global_sign_out), (gone, people.delete_user):
        logins = bed.logins(tokens["IdToken"])
        own = {"IdentityId": identities.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"], "Logins": logins}
        assert identities.get_credentials_for_identity(**own)["Credentials"]
        end(AccessToken=tokens["AccessToken"])
        assert refused(identities.get_credentials_for_identity, **own)
        assert refused(identities.get_id, IdentityPoolId=pool, Logins=logins)


def a_role_that_does_not_trust_the_pool_is_not_given(bed: Bed) -> None:
    identities, logins = bed.client("cognito-identity"), bed.logins()
    for aud, gives in ("itself", True), ("another", False):
        pool = bed.identity_pool()
        role = bed.role(principal={"Federated": "cognito-identity.amazonaws.com"})
        condition = {"StringEquals": {"cognito-identity.amazonaws.com:aud": pool if aud == "itself" else aud}}
        condition["ForAnyValue:StringLike"] = {"cognito-identity.amazonaws.com:amr": "authenticated"}
        trust = {"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}}
        statement = {**trust, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        bed.client("iam").update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=document)
        identities.set_identity_pool_roles(IdentityPoolId=pool, Roles={"authenticated": role})
        own = {"IdentityId": identities.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"], "Logins": logins}
        assert refused(identities.get_credentials_for_identity, **own) is not gives


def a_forged_token_assumes_no_role(bed: Bed) -> None:
    role = bed.role(principal={"Federated": "cognito-identity.amazonaws.com"})
    forged = jwt(iss="https://cognito-identity.amazonaws.com", aud="a pool", amr=["authenticated"], exp=4_000_000_000)
    call = bed.client("sts").assume_role_with_web_identity
    for token, more in (forged, {}), ("nonsense", {"ProviderId": "cognito-identity.amazonaws.com"}):
        assert refused(call, RoleArn=role, RoleSessionName="forged", WebIdentityToken=token, **more)


def jwt(**told: Any) -> str:
    """A token that nobody has signed."""
    parts = json.dumps({"alg": "RS256", "kid": "x"}), json.dumps(told), "no signature"
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


def the_classic_flow_has_to_be_allowed(bed: Bed) -> None:
    identities, pool, logins = bed.client("cognito-identity"), bed.identity_pool(), bed.logins()
    identity = identities.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
    assert refused(identities.get_open_id_token, IdentityId=identity, Logins=logins)


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
    """What a browser does at the hosted page, with PKCE."""
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
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return dict(answer.json())


def the_gateway_takes_id_tokens_only(bed: Bed) -> None:
    pool, app = bed.people
    _, url = bed.rest_api(bed.answering, pool)
    tokens = bed.tokens(app, bed.person(app))
    answers = [
        requests.get(f"{url}/x", headers={"Authorization": tokens[kind]}, timeout=PATIENCE)
        for kind in ("IdToken", "AccessToken")
    ]
    assert [answer.status_code for answer in answers] == [200, 401]


def a_warm_call_does_not_wait(bed: Bed) -> None:
    function = bed.function(ECHO)
    bed.invoke(function)
    # 0.005 on a quiet machine; the wait alone is 0.050
    assert bed.eventually(lambda: _seconds(lambda: bed.invoke(function)) < 0.045)


def _seconds(action: Callable[[], Any]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def a_function_is_active_at_once(bed: Bed) -> None:
    client = bed.client("lambda")
    settings = {"Runtime": "python3.11", "Role": bed.everything, "Handler": "main.handler"}
    for _ in range(4):
        name = unique("function")
        client.create_function(FunctionName=name, Code={"ZipFile": package(ECHO)}, **settings)
        assert client.get_function_configuration(FunctionName=name)["State"] == "Active"


def an_update_lets_running_calls_finish(bed: Bed) -> None:
    signals = bed.folder()
    function = bed.function(WAITER.format(signals=str(signals), name="old"))
    with ThreadPoolExecutor() as pool:
        running = pool.submit(bed.invoke, function)
        try:
            assert eventually(lambda: seen(signals)) == ["old"]
            bed.client("lambda").update_function_code(FunctionName=function, ZipFile=package(ECHO))
        finally:
            (signals / "go").touch()
        assert running.result() == "old"
    assert bed.eventually(lambda: bed.invoke(function, {"is": "new"}) == {"is": "new"})


def a_process_outlives_an_error(bed: Bed) -> None:
    function = bed.function("""
        calls = []
        def handler(event, context):
            calls.append(event)
            if len(calls) == 1:
                raise ValueError("first")
            return len(calls)
    """)
    assert bed.invoke(function)["errorMessage"] == "first"
    assert bed.invoke(function) == 2


def logs_stay_small(bed: Bed) -> None:
    function = bed.function("def handler(event, context): print('call', event['number'])")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: bed.invoke(function, {"number": number}), range(104)))
    logs, group = bed.client("logs"), f"/aws/lambda/{function}"
    assert (
        len(logs.get_paginator("describe_log_streams").paginate(logGroupName=group).build_full_result()["logStreams"])
        <= 100
    )
    texts = [event["message"] for event in logs.filter_log_events(logGroupName=group, limit=10000)["events"]]
    assert "call 103" in texts


def sns_calls_functions_asynchronously(bed: Bed) -> None:
    dead_letters, arn = bed.queue()
    topic = bed.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    function = bed.function(FAIL)
    bed.client("lambda").put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    bed.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=bed.arn(function))
    attributes = {"kind": {"DataType": "String", "StringValue": "greeting"}}
    bed.client("sns").publish(TopicArn=topic, Message="hello", MessageAttributes=attributes)
    failures = bed.eventually(lambda: bed.messages(dead_letters))
    message = failures[0]["requestPayload"]["Records"][0]["Sns"]
    assert (message["Message"], message["Subject"]) == ("hello", None)
    assert message["MessageAttributes"] == {"kind": {"Type": "String", "Value": "greeting"}}


def a_burst_queues_for_processes(bed: Bed) -> None:
    function = bed.function("""
        import os, time
        def handler(event, context):
            time.sleep(0.05)
            return os.getpid()
    """)
    calls = PROCESSES * 2
    with ThreadPoolExecutor(calls) as pool:
        processes = set(pool.map(lambda _: bed.invoke(function), range(calls)))
    assert len(processes) <= PROCESSES


def socket_handlers_keep_errors_to_themselves(bed: Bed) -> None:
    url = bed.socket_api(connect=bed.answering, default=bed.failing)
    with connect(url) as peer:
        peer.send('{"action": "anything"}')
        answer = str(peer.recv(timeout=PATIENCE))
    assert "Internal server error" in answer
    assert "secret" not in answer


def socket_handlers_run_side_by_side(bed: Bed) -> None:
    """Each of two handlers waits for the other."""
    signals = bed.folder()
    meeting = bed.function(f"""
        import os, pathlib, time
        def handler(event, context):
            signals = pathlib.Path({str(signals)!r})
            (signals / str(os.getpid())).touch()
            end = time.monotonic() + {bed.patience}
            while len(list(signals.iterdir())) < 2 and time.monotonic() < end:
                time.sleep(0.02)
            return {{"body": str(len(list(signals.iterdir())))}}
    """)
    url = bed.socket_api(connect=bed.answering, default=meeting)
    with connect(url, open_timeout=PATIENCE) as first, connect(url, open_timeout=PATIENCE) as second:
        for peer in first, second:
            peer.send("{}")
        assert [peer.recv(timeout=PATIENCE) for peer in (first, second)] == ["2", "2"]


WAITER = """
    import pathlib, time
    def handler(event, context):
        signals = pathlib.Path({signals!r})
        (signals / "{name}").touch()
        end = time.monotonic() + 60
        while not (signals / "go").exists() and time.monotonic() < end:
            time.sleep(0.02)
        return "{name}"
"""

RECORDER = """
    import pathlib
    def handler(event, context):
        for record in event["Records"]:
            name = record["dynamodb"]["Keys"]["sk"]["S"]
            if name == "{poison}":
                {poisoned}
            pathlib.Path({signals!r}, name).touch()
        return {{"batchItemFailures": []}}
"""


def recorder(signals: Path, poison: str = "", poisoned: str = "raise ValueError") -> str:
    return RECORDER.format(signals=str(signals), poison=poison, poisoned=poisoned)


def seen(signals: Path) -> list[str]:
    return sorted(path.name for path in signals.iterdir())


def recorded(bed: Bed, table: str) -> list[str]:
    return sorted(item["sk"]["S"] for item in bed.client("dynamodb").scan(TableName=table)["Items"])


def a_reported_record_comes_again(bed: Bed) -> None:
    (table, stream), signals = bed.streamed_table(), bed.folder()
    function = bed.function(f"""
        import pathlib
        tries = []
        def handler(event, context):
            tries.append(1)
            records = event["Records"]
            if len(tries) == 1:
                last = records[-1]["dynamodb"]["SequenceNumber"]
                return {{"batchItemFailures": [{{"itemIdentifier": last}}]}}
            for record in records:
                pathlib.Path({str(signals)!r}, record["dynamodb"]["Keys"]["sk"]["S"]).touch()
            return {{}}
    """)
    for name in "abc":
        bed.put(table, name)
    bed.feed(function, stream, FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=2)
    assert bed.eventually(lambda: seen(signals)) == ["c"]


def a_poisonous_record_is_set_aside(bed: Bed) -> None:
    (table, stream), signals = bed.streamed_table(), bed.folder()
    failures, arn = bed.queue()
    for name in "abcd":
        bed.put(table, name)
    bed.feed(
        bed.function(recorder(signals, poison="b")),
        stream,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    assert bed.eventually(lambda: seen(signals) == ["a", "c", "d"]), seen(signals)
    assert bed.eventually(lambda: bed.messages(failures))[0]["requestContext"]["condition"] == "RetryAttemptsExhausted"


def a_slow_stream_does_not_hold_up_another(bed: Bed) -> None:
    (slow, slow_stream), (quick, quick_stream) = bed.streamed_table(), bed.streamed_table()
    held, signals = bed.folder(), bed.folder()
    bed.feed(bed.function(WAITER.format(signals=str(held), name="slow")), slow_stream, MaximumRetryAttempts=0)
    bed.put(slow, "a")
    try:
        assert eventually(lambda: seen(held)) == ["slow"]
        bed.feed(bed.function(recorder(signals)), quick_stream, MaximumRetryAttempts=0)
        bed.put(quick, "a")
        assert bed.eventually(lambda: seen(signals)) == ["a"]
    finally:
        (held / "go").touch()


def a_page_of_a_large_partition_is_quick(bed: Bed) -> None:
    table, client = bed.table(), bed.client("dynamodb")
    keys = [f"{number:05}" for number in range(1500)]
    for start in range(0, len(keys), 25):
        puts = [{"PutRequest": {"Item": {"pk": {"S": "one"}, "sk": {"S": key}}}} for key in keys[start : start + 25]]
        client.batch_write_item(RequestItems={table: puts})
    query = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND sk > :sk",
        "ExpressionAttributeValues": {":pk": {"S": "one"}, ":sk": {"S": keys[-10]}},
    }
    assert [item["sk"]["S"] for item in client.query(**query)["Items"]] == keys[-9:]
    pages, counts = [], []

    def costs_as_much_as_a_count() -> bool:  # and 7 times that where each item has the condition parsed again
        pages.append(_seconds(lambda: client.query(**query)))
        counts.append(_seconds(lambda: client.scan(TableName=table, Select="COUNT")))
        return len(pages) > 3 and min(pages) < 3 * min(counts)

    assert bed.eventually(costs_as_much_as_a_count)


def openapi(bed: Bed, function: str, *, more: dict[str, Any] | None = None) -> bytes:
    """A document as Chalice writes it, and a gateway response, a model and a validator beside."""
    lambda_proxy = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": integration_uri(bed.arn(function)),
        "passthroughBehavior": "when_no_match",
        "responses": {"default": {"statusCode": "200"}},
    }
    allow = {"Access-Control-Allow-Origin": "'*'", "Access-Control-Allow-Methods": "'POST,OPTIONS'"}
    preflight = {
        "responses": {"200": {"description": "", "headers": {name: {"type": "string"} for name in allow}}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {
                "default": {
                    "statusCode": "200",
                    "responseParameters": {f"method.response.header.{name}": each for name, each in allow.items()},
                }
            },
        },
    }
    not_allowed = {
        "responses": {"405": {"description": ""}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 405}'},
            "responses": {
                "405": {"statusCode": "405", "responseTemplates": {"application/json": '{"title": "Not allowed"}'}}
            },
        },
    }
    problem = {
        "responseTemplates": {"application/json": '{"title": $context.error.messageString}'},
        "responseParameters": {
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            "gatewayresponse.header.Content-Type": "'application/problem+json'",
        },
    }
    body = {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Album"}}
    post = {
        "parameters": [body],
        "x-amazon-apigateway-request-validator": "bodies",
        "x-amazon-apigateway-integration": lambda_proxy,
    }
    document = {
        "swagger": "2.0",
        "info": {"title": unique("imported"), "version": "1.0"},
        "definitions": {"Album": {"type": "object", "required": ["title"]}},
        "x-amazon-apigateway-request-validators": {
            "bodies": {"validateRequestBody": True, "validateRequestParameters": False}
        },
        "x-amazon-apigateway-gateway-responses": {
            "DEFAULT_4XX": problem,
            "DEFAULT_5XX": problem,
            "MISSING_AUTHENTICATION_TOKEN": {**problem, "statusCode": "404"},
            "BAD_REQUEST_BODY": {**problem, "statusCode": "422"},
        },
        "x-amazon-apigateway-binary-media-types": ["image/png"],
        "paths": {"/albums": {"post": post, "options": preflight, "delete": not_allowed}, **(more or {})},
    }
    return json.dumps(document).encode()


def an_api_is_imported_and_overwritten(bed: Bed) -> None:
    client, function = bed.client("apigateway"), bed.answering
    api = client.import_rest_api(body=openapi(bed, function), parameters={"endpointConfigurationTypes": "EDGE"})["id"]
    url = bed.deploy(api)
    assert requests.post(f"{url}/albums", json={"title": "Blue"}, timeout=PATIENCE).text == "good"
    assert requests.get(f"{url}/more", timeout=PATIENCE).status_code == 404
    more = {
        "/more": {
            "get": {
                "x-amazon-apigateway-integration": {
                    "type": "aws_proxy",
                    "httpMethod": "POST",
                    "uri": integration_uri(bed.arn(function)),
                }
            }
        }
    }
    client.put_rest_api(restApiId=api, mode="overwrite", body=openapi(bed, function, more=more))
    bed.deploy(api)
    assert requests.get(f"{url}/more", timeout=PATIENCE).text == "good"
    assert requests.post(f"{url}/albums", json={"title": "Blue"}, timeout=PATIENCE).text == "good"


def chalice_may_set_the_compression(bed: Bed) -> None:
    client = bed.client("apigateway")
    api = client.create_rest_api(name=unique("api"))["id"]
    size = {"op": "replace", "path": "/minimumCompressionSize", "value": "1000"}
    kind = {"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "REGIONAL"}
    client.update_rest_api(restApiId=api, patchOperations=[size, kind])
    after = client.get_rest_api(restApiId=api)
    assert after["minimumCompressionSize"] == 1000
    assert after["endpointConfiguration"]["types"] == ["REGIONAL"]


def a_failing_function_is_a_502_without_details(bed: Bed) -> None:
    api, url = bed.rest_api(bed.failing)
    answer = requests.get(f"{url}/x", timeout=PATIENCE)
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})
    bed.client("apigateway").put_gateway_response(
        restApiId=api,
        responseType="DEFAULT_5XX",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
        responseTemplates={"application/json": '{"title": $context.error.messageString}'},
    )
    bed.deploy(api)
    answer = requests.get(f"{url}/x", timeout=PATIENCE)
    assert (answer.status_code, answer.json()) == (502, {"title": "Internal server error"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def a_huge_request_is_refused(bed: Bed) -> None:
    _, url = bed.rest_api(bed.answering)
    answer = requests.post(f"{url}/x", data=b"x" * (10 * 1024 * 1024 + 1), timeout=PATIENCE)
    assert (answer.status_code, answer.json()) == (413, {"message": "Request Too Long"})


def bodies_are_checked_by_their_content_type(bed: Bed) -> None:
    client, function = bed.client("apigateway"), bed.answering
    api, url = bed.rest_api(function)
    place = {"restApiId": api, "httpMethod": "ANY"}
    resources = client.get_resources(restApiId=api)["items"]
    place["resourceId"] = next(each["id"] for each in resources if each["path"] == "/{proxy+}")
    client.create_model(restApiId=api, name="Album", contentType="application/json", schema='{"type": "object"}')
    validator = client.create_request_validator(restApiId=api, name="bodies", validateRequestBody=True)["id"]
    client.delete_method(**place)
    client.put_method(
        **place,
        authorizationType="NONE",
        requestValidatorId=validator,
        requestModels={"application/json": "Album"},
    )
    client.put_integration(
        **place, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration_uri(bed.arn(function))
    )
    bed.deploy(api)
    assert requests.post(f"{url}/x", json=["not an object"], timeout=PATIENCE).status_code == 400
    csv = requests.post(f"{url}/x", data="rank,title", headers={"Content-Type": "text/csv"}, timeout=PATIENCE)
    assert csv.text == "good"


def the_edge_reaches_the_gateway(bed: Bed) -> None:
    api, _ = bed.rest_api(bed.answering)
    origin = {
        "Id": "api",
        "DomainName": f"{api}.execute-api.{bed.cloud.region}.amazonaws.com",
        "OriginPath": "/test",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    }
    behaviour = {
        "TargetOriginId": "api",
        "ViewerProtocolPolicy": "allow-all",
        "MinTTL": 0,
        "ForwardedValues": {"QueryString": True, "Cookies": {"Forward": "none"}},
    }
    config = {
        "CallerReference": unique("edge"),
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behaviour,
    }
    made = bed.client("cloudfront").create_distribution(DistributionConfig=config)
    label = made["Distribution"]["DomainName"].split(".")[0]
    host = {"Host": f"{label}.cloudfront.localhost:{bed.port}"}
    answer = requests.get(f"{bed.endpoint}/albums", headers=host, timeout=PATIENCE)
    assert (answer.status_code, answer.text) == (200, "good")


def the_edge_keeps_what_it_may(bed: Bed) -> None:
    """As long as the origin says; then it asks again by the ETag, and an invalidation makes it forget."""
    told = bed.folder()
    function = bed.function(f"""
        import pathlib, uuid
        def handler(event, context):
            told = pathlib.Path({str(told)!r})
            asked = event["headers"].get("if-none-match") or event["headers"].get("If-None-Match")
            (told / uuid.uuid4().hex).write_text(asked or "")
            special = {{"/short": "s-maxage=1", "/private": "private, max-age=9"}}
            keep = special.get(event["path"], "max-age=0, s-maxage=99")
            headers = {{"ETag": '"one"', "Cache-Control": keep}}
            return {{"statusCode": 304 if asked else 200, "headers": headers, "body": "" if asked else "good"}}
    """)
    api, _ = bed.rest_api(function)
    nothing = {"HeadersConfig": {"HeaderBehavior": "none"}, "CookiesConfig": {"CookieBehavior": "none"}}
    key = {**nothing, "QueryStringsConfig": {"QueryStringBehavior": "none"}, "EnableAcceptEncodingGzip": False}
    policy = {"Name": unique("policy"), "MinTTL": 0, "DefaultTTL": 0, "MaxTTL": 999}
    made = bed.client("cloudfront").create_cache_policy(
        CachePolicyConfig={**policy, "ParametersInCacheKeyAndForwardedToOrigin": key}
    )
    distribution, host = _distribution(bed, api, made["CachePolicy"]["Id"])

    def get(path: str, **headers: str) -> tuple[int, str]:
        answer = requests.get(bed.endpoint + path, headers={**host, **headers}, timeout=PATIENCE)
        assert (answer.text, answer.headers["ETag"]) == ("good" if answer.status_code == 200 else "", '"one"')
        return answer.status_code, answer.headers["X-Cache"].partition(" ")[0]

    def forget(path: str) -> None:
        batch = {"Paths": {"Quantity": 1, "Items": [path]}, "CallerReference": unique("forget")}
        bed.client("cloudfront").create_invalidation(DistributionId=distribution, InvalidationBatch=batch)

    assert [get("/a/1"), get("/a/1"), get("/a/1", **{"If-None-Match": '"one"'})] == [
        (200, "Miss"),
        (200, "Hit"),
        (304, "Hit"),
    ]
    assert [get("/a/2"), get("/b"), get("/private"), get("/private"), get("/short")] == [(200, "Miss")] * 5
    assert get("/a/2", Range="bytes=0-1")[1] == "Miss"
    forget("/a/1")
    assert [get("/a/1"), get("/a/2")] == [(200, "Miss"), (200, "Hit")]
    forget("/a/*")
    assert [get("/a/1"), get("/a/2"), get("/b")] == [(200, "Miss"), (200, "Miss"), (200, "Hit")]
    assert eventually(lambda: get("/short")[1] == "RefreshHit")
    assert '"one"' in {path.read_text() for path in told.iterdir()}


def _distribution(bed: Bed, api: str, cache_policy: str) -> tuple[str, dict[str, str]]:
    """Its id, and the header by which a request goes to it."""
    origin = {
        "Id": "api",
        "DomainName": f"{api}.execute-api.{bed.cloud.region}.amazonaws.com",
        "OriginPath": "/test",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    }
    behaviour = {"TargetOriginId": "api", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": cache_policy}
    config = {
        "CallerReference": unique("edge"),
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behaviour,
    }
    made = bed.client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]
    return made["Id"], {"Host": f"{made['DomainName'].split('.')[0]}.cloudfront.localhost:{bed.port}"}


def a_template_makes_replicas(bed: Bed) -> None:
    name, stack, cloud = unique("global"), unique("stack"), bed.client("cloudformation")

    def template(*regions: str) -> str:
        properties = {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
            "Replicas": [{"Region": region} for region in (bed.cloud.region, *regions)],
        }
        return json.dumps({"Resources": {"Table": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}}})

    def replicas() -> list[str]:
        described = bed.client("dynamodb").describe_table(TableName=name)["Table"]
        return sorted(replica["RegionName"] for replica in described.get("Replicas", []))

    cloud.create_stack(StackName=stack, TemplateBody=template("eu-west-1"))
    assert bed.eventually(lambda: _status(bed, stack) == "CREATE_COMPLETE") and replicas() == ["eu-west-1"]
    cloud.update_stack(StackName=stack, TemplateBody=template("eu-west-1", "us-west-2"))
    assert bed.eventually(lambda: _status(bed, stack) == "UPDATE_COMPLETE") and replicas() == ["eu-west-1", "us-west-2"]
    cloud.update_stack(StackName=stack, TemplateBody=template())
    assert bed.eventually(lambda: not replicas())
    cloud.delete_stack(StackName=stack)


def _status(bed: Bed, stack: str) -> str:
    return str(bed.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])


def a_template_names_only_what_it_has(bed: Bed) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": unique("queue")}}
    template = {"Resources": {"Queue": queue}, "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Nothing", "Arn"]}}}}
    with pytest.raises(ClientError, match=r"Unresolved resource dependencies \[Nothing\] in the Outputs block"):
        bed.client("cloudformation").create_stack(StackName=unique("stack"), TemplateBody=json.dumps(template))


def an_event_tells_the_path_as_it_was_asked_for(bed: Bed) -> None:
    telling = 'def handler(event, context): return {"statusCode": 200, "body": event["requestContext"]["path"]}'
    _, url = bed.rest_api(bed.function(telling))
    asked = requests.get(f"{url}/one/two", timeout=PATIENCE)
    assert bed.endpoint + asked.text == f"{url}/one/two"


def who_may_translate_and_speak_is_told_here(bed: Bed) -> None:
    """And that it is done elsewhere. Translate first: for a service that it doesn't know, ministack stands still."""
    text = {"Text": "Hello", "SourceLanguageCode": "en", "TargetLanguageCode": "es"}
    with pytest.raises(ClientError, match="AWS_ENDPOINT_URL_TRANSLATE"):
        bed.client("translate").translate_text(**text)
    with pytest.raises(ClientError, match="AWS_ENDPOINT_URL_POLLY"):
        bed.client("polly").synthesize_speech(Text="Hello", VoiceId="Joanna", OutputFormat="mp3")
    forged = bed.client("translate", aws_secret_access_key="guessed")
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        forged.translate_text(**text)


def a_mail(sender: str, to: str, **more: Any) -> dict[str, Any]:
    body = {"Text": {"Data": "Hello"}}
    content = {"Subject": {"Data": "x"}, "Body": body, "Headers": [{"Name": "List-Unsubscribe", "Value": "<x:y>"}]}
    sent = {"FromEmailAddress": f"Some Body <{sender}>", "Destination": {"ToAddresses": [to]}, **more}
    return {**sent, "Content": {"Simple": content}}


def a_sender(bed: Bed) -> str:
    sender = f"{unique('sender')}@example.org"
    bed.client("sesv2").create_email_identity(EmailIdentity=sender)
    return sender


def mail_goes_out_as_the_named_identity_only(bed: Bed) -> None:
    mine, other = a_sender(bed), a_sender(bed)
    identity = f"arn:aws:ses:{bed.cloud.region}:{bed.cloud.account}:identity/{mine}"
    role = bed.role({"Action": "ses:SendEmail", "Resource": identity})
    session = bed.client("sts").assume_role(RoleArn=role, RoleSessionName="mailer")["Credentials"]
    mailer = bed.client(
        "sesv2",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    to = f"{unique('reader')}@example.org"
    mailer.send_email(**a_mail(mine, to))
    assert refused(mailer.send_email, **a_mail(other, to))


def a_mail_keeps_its_headers(bed: Bed) -> None:
    to = f"{unique('reader')}@example.org"
    bed.client("sesv2").send_email(**a_mail(a_sender(bed), to))
    [mail] = [mail for mail in bed.cloud.mailbox() if mail["to"] == to]
    assert mail["headers"] == {"List-Unsubscribe": "<x:y>"}


def bounces_are_told_where_the_configuration_set_says(bed: Bed) -> None:
    mails, sns, name = bed.client("sesv2"), bed.client("sns"), unique("set")
    topic, (queue, arn) = sns.create_topic(Name=unique("topic"))["TopicArn"], bed.queue()
    from_topics = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [from_topics]})
    bed.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    mails.create_configuration_set(ConfigurationSetName=name)
    destination = {"Enabled": True, "MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": topic}}
    mails.create_configuration_set_event_destination(
        ConfigurationSetName=name, EventDestinationName="unwanted", EventDestination=destination
    )
    sender = a_sender(bed)
    for to in ("success@simulator.amazonses.com", "complaint@simulator.amazonses.com", "reader@example.org"):
        mails.send_email(**a_mail(sender, to, ConfigurationSetName=name))
    mails.send_email(**a_mail(sender, "bounce+7@simulator.amazonses.com"))
    mails.send_email(**a_mail(sender, "bounce+8@simulator.amazonses.com", ConfigurationSetName=name))
    [message] = bed.eventually(lambda: bed.messages(queue))
    told = json.loads(message["Message"])
    assert (told["eventType"], told["bounce"]["bounceType"]) == ("Bounce", "Permanent")
    assert told["bounce"]["bouncedRecipients"][0]["emailAddress"] == "bounce+8@simulator.amazonses.com"


CLOSED: list[tuple[str, Check]] = [
    ("access", policy_variables_open_the_own_folder_only),
    ("access", the_root_key_has_to_sign),
    ("access", unsigned_requests_make_no_buckets),
    ("buckets", a_page_may_read_why_it_is_refused),
    ("doors", internals_are_closed_to_pages),
    ("identity", each_mail_has_a_code_of_its_own),
    ("identity", confirmation_calls_its_trigger),
    ("identity", a_confirmed_address_is_verified),
    ("identity", codes_go_only_where_they_may),
    ("usernames", capitals_make_nobody_else),
    ("usernames", names_differ_by_more_than_capitals),
    ("attributes", people_write_only_what_they_may),
    ("attributes", clients_write_only_what_they_may),
    ("attributes", administrators_keep_to_the_schema),
    ("attributes", a_new_address_waits_for_its_code),
    ("attributes", a_code_proves_the_address_that_it_was_sent_to),
    ("attributes", an_address_has_one_person),
    ("attributes", a_new_address_is_not_verified),
    ("challenges", nobody_answers_the_challenge_of_another),
    ("identities", nobody_has_an_identity_without_a_login),
    ("identities", an_ended_session_opens_no_identity),
    ("identities", a_role_that_does_not_trust_the_pool_is_not_given),
    ("identities", a_forged_token_assumes_no_role),
    ("identities", the_classic_flow_has_to_be_allowed),
    ("identity", a_hosted_sign_in_keeps_its_groups),
    ("identity", the_gateway_takes_id_tokens_only),
    ("workers", a_warm_call_does_not_wait),
    ("functions", a_function_is_active_at_once),
    ("workers", an_update_lets_running_calls_finish),
    ("workers", a_process_outlives_an_error),
    ("logs", logs_stay_small),
    ("functions", sns_calls_functions_asynchronously),
    ("functions", a_burst_queues_for_processes),
    ("functions", socket_handlers_keep_errors_to_themselves),
    ("functions", socket_handlers_run_side_by_side),
    ("streams", a_reported_record_comes_again),
    ("streams", a_poisonous_record_is_set_aside),
    ("streams", a_slow_stream_does_not_hold_up_another),
    ("tables", a_page_of_a_large_partition_is_quick),
    ("rest_api", an_api_is_imported_and_overwritten),
    ("rest_api", chalice_may_set_the_compression),
    ("gateway", a_failing_function_is_a_502_without_details),
    ("gateway", a_huge_request_is_refused),
    ("gateway", bodies_are_checked_by_their_content_type),
    ("gateway", an_event_tells_the_path_as_it_was_asked_for),
    ("mail", mail_goes_out_as_the_named_identity_only),
    ("mail", a_mail_keeps_its_headers),
    ("mail", bounces_are_told_where_the_configuration_set_says),
    ("edge", the_edge_reaches_the_gateway),
    ("edge_cache", the_edge_keeps_what_it_may),
    ("replicas", a_template_makes_replicas),
    ("templates", a_template_names_only_what_it_has),
    ("speech", who_may_translate_and_speak_is_told_here),
]
NAMES = [check.__name__ for _, check in CLOSED]


@pytest.fixture(scope="module")
def stock() -> Iterator[Bed]:
    """ministack as it comes."""
    built = Bed(stock=True)
    yield built
    built.close()


@pytest.fixture(scope="module")
def left_open(stock: Bed) -> dict[str, str | None]:
    """What goes wrong with each check on ministack as it comes; they run side by side, as most of them wait."""
    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(lambda closed: _outcome(closed[1], stock), CLOSED))
    return dict(zip(NAMES, outcomes, strict=True))


def _outcome(check: Check, bed: Bed) -> str | None:
    try:
        check(bed)
    except (Exception, pytest.fail.Exception) as error:  # whatever goes wrong shows that the check fails
        return repr(error)
    return None


@pytest.mark.parametrize("check", [check for _, check in CLOSED], ids=NAMES)
def test_closed(bed: Bed, check: Check) -> None:
    check(bed)


@pytest.mark.parametrize(("module", "name"), [(module, check.__name__) for module, check in CLOSED], ids=NAMES)
def test_still_needed(left_open: dict[str, str | None], module: str, name: str) -> None:
    assert left_open[name], f"ministack does this by itself now: take it out of cloud/embedded/{module}.py"


# What is there after the process was killed

Kept = dict[str, Callable[[], bool]]


def build_what_is_kept(bed: Bed) -> Kept:
    """Tell the cloud things; each of the returned tests says whether it still knows one."""
    pool, app = bed.people
    email = bed.person(app)
    tokens = bed.tokens(app, email)
    function = bed.answering
    api, url = bed.rest_api(function, pool)
    topic = bed.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    queue, _ = bed.queue()
    bed.client("sqs").send_message(QueueUrl=queue, MessageBody='"waiting"')
    session = bed.client("sts").assume_role(RoleArn=bed.everything, RoleSessionName="kept")["Credentials"]
    assumed = {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }
    (table, stream), signals = bed.streamed_table(), bed.folder()
    reader = bed.function(FAIL)
    bed.feed(reader, stream)
    bed.eventually(lambda: bed.client("lambda").list_event_source_mappings()["EventSourceMappings"])
    stack, stacked = make_stack(bed)
    bucket = unique("files")
    bed.client("s3").create_bucket(Bucket=bucket)
    written = {name: recorded(bed, name) for name in write_in_every_way(bed)}
    told = [email, api, topic, "waiting", session["AccessKeyId"], reader, stream, stack, "CREATE_COMPLETE", bed.table()]
    bed.eventually(lambda: is_written(bed, told))
    bed.put(table, "last")  # but items and files are there at once
    bed.put(stacked, "last")
    bed.client("s3").put_object(
        Bucket=bucket, Key="a.txt", Body=b"kept", ContentType="text/plain", Metadata={"by": "ada"}
    )

    def events_arrive() -> bool:
        bed.client("lambda").update_function_code(FunctionName=reader, ZipFile=package(recorder(signals)))
        return bed.eventually(lambda: seen(signals)) == ["last"]

    return {
        "items": lambda: recorded(bed, table) == ["last"],
        "all writes": lambda: {name: recorded(bed, name) for name in written} == written,
        "unread events": events_arrive,
        "people": lambda: "IdToken" in bed.tokens(app, email),
        "tokens": lambda: answers(url, tokens["IdToken"]),
        "code": lambda: bed.invoke(function)["body"] == "good",
        "files": lambda: file_is_kept(bed, bucket),
        "stacks": lambda: stack_is_kept(bed, stack) and recorded(bed, stacked) == ["last"],
        "mails": lambda: email in [mail["to"] for mail in bed.cloud.mailbox()],
        "messages": lambda: bed.messages(queue) == ["waiting"],
        "topics": lambda: topic in [each["TopicArn"] for each in bed.client("sns").list_topics()["Topics"]],
        "sessions": lambda: "TableNames" in bed.client("dynamodb", **assumed).list_tables(),
    }


def is_written(bed: Bed, told: list[str]) -> bool:
    """Whether the files of the cloud's state have all of this."""
    text = "".join(path.read_text() for path in (bed.data / "state").glob("*.json"))
    return all(each in text for each in told)


def make_stack(bed: Bed) -> tuple[str, str]:
    """A stack with a table; their names."""
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    table = {
        "KeySchema": keys,
        "AttributeDefinitions": [{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
        "BillingMode": "PAY_PER_REQUEST",
    }
    template = {
        "Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": table}},
        "Outputs": {"Table": {"Value": {"Ref": "Table"}}},
    }
    stack = unique("stack")
    bed.client("cloudformation").create_stack(StackName=stack, TemplateBody=json.dumps(template))
    bed.client("cloudformation").get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    described = bed.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return stack, described["Outputs"][0]["OutputValue"]


def stack_is_kept(bed: Bed, stack: str) -> bool:
    described = bed.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return bool(described["StackStatus"] == "CREATE_COMPLETE")


def file_is_kept(bed: Bed, bucket: str) -> bool:
    found = bed.client("s3").get_object(Bucket=bucket, Key="a.txt")
    return (found["Body"].read(), found["ContentType"], found["Metadata"]) == (b"kept", "text/plain", {"by": "ada"})


def write_in_every_way(bed: Bed) -> list[str]:
    """The names of tables whose items came, changed and went in different ways."""
    client, plain, dropped = bed.client("dynamodb"), bed.table(), bed.table()
    for name in "abcde":
        bed.put(plain, name)
        bed.put(dropped, name)
    keys = {name: {"pk": {"S": "one"}, "sk": {"S": name}} for name in "abcdefg"}
    client.delete_item(TableName=plain, Key=keys["a"])
    client.update_item(
        TableName=plain,
        Key=keys["f"],
        UpdateExpression="SET made = :by",
        ExpressionAttributeValues={":by": {"S": "update"}},
    )
    client.batch_write_item(RequestItems={plain: [{"DeleteRequest": {"Key": keys["b"]}}]})
    client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": plain, "Item": keys["g"]}},
            {"Delete": {"TableName": plain, "Key": keys["c"]}},
        ]
    )
    description = client.describe_table(TableName=dropped)["Table"]
    client.delete_table(TableName=dropped)
    client.create_table(
        TableName=dropped,
        KeySchema=description["KeySchema"],
        AttributeDefinitions=description["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
    )
    bed.put(dropped, "new")
    assert (recorded(bed, plain), recorded(bed, dropped)) == (["d", "e", "f", "g"], ["new"])
    return [plain, dropped]


def answers(url: str, token: str) -> bool:
    return requests.get(f"{url}/x", headers={"Authorization": token}, timeout=PATIENCE).text == "good"


@pytest.fixture(scope="module")
def after_a_kill(bed: Bed) -> Kept:
    return killed(bed)


@pytest.fixture(scope="module")
def stock_after_a_kill(stock: Bed, left_open: dict[str, str | None]) -> Kept:
    return killed(stock)


def killed(bed: Bed) -> Kept:
    kept = build_what_is_kept(bed)
    bed.kill_and_start_again()
    return kept


KEPT = [
    "items",
    "all writes",
    "unread events",
    "people",
    "tokens",
    "code",
    "stacks",
    "mails",
    "messages",
    "topics",
    "sessions",
]
KEPT_BY_MINISTACK = ["files"]


@pytest.mark.parametrize("what", [*KEPT, *KEPT_BY_MINISTACK])
def test_survives_a_kill(after_a_kill: Kept, what: str) -> None:
    assert after_a_kill[what]()


@pytest.mark.parametrize("what", KEPT)
def test_keeping_is_still_needed(stock_after_a_kill: Kept, what: str) -> None:
    try:
        known = stock_after_a_kill[what]()
    except Exception:  # whatever goes wrong shows that it is forgotten
        return
    assert not known, "ministack does this by itself now: see cloud/embedded/checkpoints.py and item_store.py"


# What needs no patch, and must stay so


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
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (200, "*")
    target = "AWSCognitoIdentityProviderService.InitiateAuth"
    headers = {**page, "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    given = {"USERNAME": bed.person(app), "PASSWORD": PASSWORD}
    body = {"ClientId": app, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given}
    answer = requests.post(bed.endpoint, json=body, headers=headers, timeout=PATIENCE)
    assert "IdToken" in answer.json()["AuthenticationResult"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


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


# The process


def test_it_says_what_is_wrong(bed: Bed, tmp_path: Path) -> None:
    with pytest.raises(CloudError, match=f"Port {bed.port} can't be used .* choose another port"):
        EmbeddedCloud.start(tmp_path, bed.port)


def test_one_process_a_data_folder(bed: Bed) -> None:
    command = [sys.executable, "-m", "cloud.embedded", "--port", str(free_port()), "--data", str(bed.data)]
    other = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.PIPE, timeout=PATIENCE)
    assert other.returncode == 1
    assert "Another embedded cloud uses" in other.stderr


def test_the_secret_is_ours_alone(bed: Bed, tmp_path: Path) -> None:
    secret = bed.data / "root-secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert len(secret.read_text()) > 30


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    port = free_port()
    script = f"""
        import pathlib, signal, time
        from cloud.embedded import EmbeddedCloud
        cloud = EmbeddedCloud.start(pathlib.Path({str(tmp_path)!r}), {port})
        print(cloud._process.pid, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert eventually(lambda: not alive(child))


def alive(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")


def test_it_starts_clean(tmp_path: Path) -> None:
    (tmp_path / "tmp" / "ministack-lambda-of-a-killed-cloud").mkdir(parents=True)
    (tmp_path / "cloud.log").write_bytes(b"x" * 10_000_000)
    cloud = EmbeddedCloud.start(tmp_path, free_port())
    assert not list((tmp_path / "tmp").iterdir())
    assert (tmp_path / "cloud.log").stat().st_size < 1_000_000
    cloud.stop()
    cloud.stop()
    assert not cloud.running


def test_importing_it_is_cheap() -> None:
    script = "import sys, cloud.embedded; print(any(name.startswith('ministack') for name in sys.modules))"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"


def test_the_environment_excludes_a_persons_own(bed: Bed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = bed.cloud.environment
    assert environment["AWS_ENDPOINT_URL"] == bed.endpoint
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert "AWS_SESSION_TOKEN" not in environment


def test_only_loopback_is_bound(bed: Bed) -> None:
    with pytest.raises(OSError, match=r"refused|timed out|[Cc]an't assign"):
        socket.create_connection(("127.0.0.2", bed.port), timeout=PATIENCE)  # ours as well, but not what it is bound to


def test_each_call_has_its_own_log(bed: Bed) -> None:
    function = bed.function("def handler(event, context): print('call', event['number'], end=event['end'])")
    client = bed.client("lambda")
    for number, end in enumerate(["\n", "", "\n\n"] * 4):
        event = json.dumps({"number": number, "end": end})
        answer = client.invoke(FunctionName=function, Payload=event, LogType="Tail")
        text = base64.b64decode(answer["LogResult"]).decode()
        assert re.findall("call .*", text) == [f"call {number}"]
        assert "end of" not in text


def test_errors_of_functions_are_in_its_log(bed: Bed) -> None:
    function = bed.failing
    bed.invoke(function)
    text = (bed.data / "cloud.log").read_text()
    assert f"{function} failed:" in text
    assert "RuntimeError: a secret detail" in text
