"""Cognito: which attributes can be written, and when an address counts."""

from __future__ import annotations

import pytest

from tests.laptop.closed import closes
from tests.laptop.embedded_support import (
    PASSWORD,
    Bed,
    claims,
    refused,
    unique,
)


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


@closes("attributes")
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


@closes("attributes")
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


@closes("attributes")
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


@closes("attributes")
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


@closes("attributes")
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
    assert bed.code(email)  # from now on the sign-up's code proves nothing
    assert refused(people.verify_user_attribute, **proof, Code=bed.code(email))


@closes("attributes")
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


@closes("attributes")
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
