"""Passwords and codes can't be tried forever: Cognito's limits, on a running cloud."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.laptop.embedded_support import PASSWORD, PATIENCE, Bed, sign_in, unique

WRONG = "Wrong-horse-7"
NEW = "Another-horse-8"
REFUSED = ("NotAuthorizedException", "Incorrect username or password.")
CLOSED = ("NotAuthorizedException", "Password attempts exceeded")
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
SPENT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
GOOD = ("", "")
Outcome = tuple[str, str]


class Clock:
    """The cloud's time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._now = time.time()
        self.goes_on(0)

    def goes_on(self, seconds: float) -> None:
        self._now += seconds
        new = self._file.with_suffix(".new")
        new.write_text(str(self._now), "utf-8")
        new.replace(self._file)


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clock]:
    file = tmp_path_factory.mktemp("clock") / "now"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EMBEDDED_CLOCK", str(file))
        yield Clock(file)


@pytest.fixture(scope="module")
def bed(clock: Clock) -> Iterator[Bed]:
    built = Bed()
    yield built
    built.close()


@pytest.fixture
def app(bed: Bed) -> str:
    return bed.people[1]


def outcome(call: Callable[..., Any], *given: Any, **arguments: Any) -> Outcome:
    """The reason for the refusal, or an empty string."""
    try:
        call(*given, **arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return GOOD


def by_password(bed: Bed, app: str, email: str, password: str) -> Outcome:
    return outcome(bed.tokens, app, email, password)


def by_proof(bed: Bed, app: str, email: str, password: str) -> Outcome:
    return outcome(sign_in, bed.client("cognito-idp"), bed.people[0], app, email, password)


def by_an_administrator(bed: Bed, app: str, email: str, password: str) -> Outcome:
    given = {"USERNAME": email, "PASSWORD": password}
    people = bed.client("cognito-idp")
    flow = {"UserPoolId": bed.people[0], "ClientId": app, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH"}
    return outcome(people.admin_initiate_auth, AuthParameters=given, **flow)


def on_the_hosted_page(bed: Bed, app: str, email: str, password: str) -> Outcome:
    form = {"client_id": app, "redirect_uri": "http://localhost:8000/", "username": email, "password": password}
    answer = requests.post(f"{bed.endpoint}/login", data=form, allow_redirects=False, timeout=PATIENCE)
    if answer.status_code == 302:
        return GOOD
    return next(refusal for refusal in (CLOSED, REFUSED) if refusal[1] in answer.text)


WAYS = [by_password, by_proof, by_an_administrator, on_the_hosted_page]


@pytest.fixture(scope="module", autouse=True)
def administrators_may(bed: Bed) -> None:
    pool, app = bed.people
    client = bed.client("cognito-idp").describe_user_pool_client(UserPoolId=pool, ClientId=app)["UserPoolClient"]
    client = {name: value for name, value in client.items() if value and not name.endswith("Date")}
    flows = [*client.pop("ExplicitAuthFlows"), "ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    bed.client("cognito-idp").update_user_pool_client(ExplicitAuthFlows=flows, **client)


@pytest.mark.parametrize("way", WAYS)
def test_wrong_passwords_close_the_account_for_a_while(
    bed: Bed, clock: Clock, app: str, way: Callable[..., Outcome]
) -> None:
    email = bed.person(app)
    assert [way(bed, app, email, WRONG) for _ in range(5)] == [REFUSED] * 5
    assert way(bed, app, email, PASSWORD) == CLOSED, "the right one is refused too"
    clock.goes_on(0.9)
    assert way(bed, app, email, PASSWORD) == CLOSED
    clock.goes_on(0.2)
    assert way(bed, app, email, WRONG) == REFUSED
    clock.goes_on(1.9)
    assert way(bed, app, email, PASSWORD) == CLOSED, "each one doubles the pause"
    clock.goes_on(0.2)
    assert way(bed, app, email, PASSWORD) == GOOD
    assert [way(bed, app, email, WRONG) for _ in range(4)] == [REFUSED] * 4, "a good sign-in forgets them"
    assert way(bed, app, email, PASSWORD) == GOOD


def test_the_ways_to_sign_in_count_together(bed: Bed, app: str) -> None:
    email = bed.person(app)
    for way in (*WAYS, by_password):
        assert way(bed, app, email, WRONG) == REFUSED
    assert by_proof(bed, app, email, PASSWORD) == CLOSED


def test_guesses_at_once_are_counted_like_guesses_in_a_row(bed: Bed, app: str) -> None:
    email = bed.person(app)
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(lambda _: by_password(bed, app, email, WRONG), range(40)))
    assert (outcomes.count(REFUSED), outcomes.count(CLOSED)) == (5, 35)


def test_who_signs_in_rightly_is_never_too_often(bed: Bed, app: str) -> None:
    email = bed.person(app)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: by_password(bed, app, email, PASSWORD), range(24))) == {GOOD}


def test_one_persons_guesses_are_no_others(bed: Bed, app: str) -> None:
    ada, bob = bed.person(app), bed.person(app)
    for _ in range(5):
        by_password(bed, app, ada, WRONG)
    assert by_password(bed, app, bob, PASSWORD) == GOOD


def test_a_name_that_nobody_has_looks_like_any_other(bed: Bed, app: str) -> None:
    nobody = f"{unique('nobody')}@example.org"
    assert [by_password(bed, app, nobody, WRONG) for _ in range(6)] == [REFUSED] * 5 + [CLOSED]
    assert confirmations(bed, app, nobody) == [MISMATCH] * 5 + [SPENT]


# Codes


def confirmations(bed: Bed, app: str, email: str) -> list[Outcome]:
    people = bed.client("cognito-idp")
    wrong = {"ClientId": app, "Username": email, "ConfirmationCode": "x"}
    return [outcome(people.confirm_sign_up, **wrong) for _ in range(6)]


def test_a_sign_up_is_not_confirmed_by_guessing(bed: Bed, app: str) -> None:
    people, email = bed.client("cognito-idp"), bed.sign_up(app)
    assert confirmations(bed, app, email) == [MISMATCH] * 5 + [SPENT]
    right = {"ClientId": app, "Username": email, "ConfirmationCode": bed.code(email)}
    assert outcome(people.confirm_sign_up, **right) == SPENT, "the right one is refused too"
    people.resend_confirmation_code(ClientId=app, Username=email)
    assert outcome(people.confirm_sign_up, **{**right, "ConfirmationCode": bed.code(email)}) == SPENT


def test_a_password_is_not_reset_by_guessing(bed: Bed, app: str) -> None:
    people, email = bed.client("cognito-idp"), bed.person(app)
    people.forgot_password(ClientId=app, Username=email)
    reset = {"ClientId": app, "Username": email, "Password": NEW}
    guesses = [outcome(people.confirm_forgot_password, ConfirmationCode="x", **reset) for _ in range(6)]
    assert guesses == [MISMATCH] * 5 + [SPENT]
    assert outcome(people.confirm_forgot_password, ConfirmationCode=bed.code(email), **reset) == SPENT
    assert by_password(bed, app, email, PASSWORD) == GOOD


def test_a_new_address_is_not_proved_by_guessing(bed: Bed, app: str) -> None:
    people, email = bed.client("cognito-idp"), bed.person(app)
    token, address = bed.tokens(app, email)["AccessToken"], f"{unique('new')}@example.org"
    people.update_user_attributes(AccessToken=token, UserAttributes=[{"Name": "email", "Value": address}])
    proof = {"AccessToken": token, "AttributeName": "email"}
    guesses = [outcome(people.verify_user_attribute, Code="x", **proof) for _ in range(6)]
    assert guesses == [MISMATCH] * 5 + [SPENT]
    assert outcome(people.verify_user_attribute, Code=bed.code(address), **proof) == SPENT


def test_a_current_password_is_not_guessed_with_a_token(bed: Bed, app: str) -> None:
    people, email = bed.client("cognito-idp"), bed.person(app)
    change = {"AccessToken": bed.tokens(app, email)["AccessToken"], "ProposedPassword": NEW}
    guesses = [outcome(people.change_password, PreviousPassword=WRONG, **change) for _ in range(5)]
    assert guesses == [REFUSED] * 5
    assert outcome(people.change_password, PreviousPassword=PASSWORD, **change) == SPENT


def test_codes_are_not_mailed_without_end(bed: Bed, app: str) -> None:
    people, email, new = bed.client("cognito-idp"), bed.person(app), bed.sign_up(app)
    nobody = f"{unique('nobody')}@example.org"
    for address in email, nobody:
        sent = [outcome(people.forgot_password, ClientId=app, Username=address) for _ in range(6)]
        assert sent == [GOOD] * 5 + [SPENT]
    again = [outcome(people.resend_confirmation_code, ClientId=app, Username=new) for _ in range(6)]
    assert again == [GOOD] * 5 + [SPENT]
    proof = {"AccessToken": bed.tokens(app, email)["AccessToken"], "AttributeName": "email"}
    asked = [outcome(people.get_user_attribute_verification_code, **proof) for _ in range(6)]
    assert asked == [GOOD] * 5 + [SPENT]
    mails = [mail["to"] for mail in bed.cloud.mailbox()]
    assert (mails.count(email), mails.count(new), mails.count(nobody)) == (1 + 5 + 5, 1 + 5, 0)


# Time


def test_a_restart_forgets_nothing(bed: Bed, clock: Clock, app: str) -> None:
    closed, guessed = bed.person(app), bed.sign_up(app)
    confirmations(bed, app, guessed)
    for _ in range(5):
        by_password(bed, app, closed, WRONG)
    bed.cloud.stop()
    bed.cloud = type(bed.cloud).start(bed.data, bed.port)
    assert by_password(bed, app, closed, PASSWORD) == CLOSED
    assert confirmations(bed, app, guessed)[0] == SPENT
    clock.goes_on(3600)
    assert by_password(bed, app, closed, PASSWORD) == GOOD
    assert confirmations(bed, app, guessed)[0] == MISMATCH


def test_a_code_for_a_password_is_good_for_an_hour(bed: Bed, clock: Clock, app: str) -> None:
    people, email = bed.client("cognito-idp"), bed.person(app)
    reset = {"ClientId": app, "Username": email, "Password": NEW}
    for after, expected in (3601, EXPIRED), (3599, GOOD):
        people.forgot_password(ClientId=app, Username=email)
        clock.goes_on(after)
        assert outcome(people.confirm_forgot_password, ConfirmationCode=bed.code(email), **reset) == expected


def test_a_code_for_a_sign_up_is_good_for_a_day(bed: Bed, clock: Clock, app: str) -> None:
    people, email = bed.client("cognito-idp"), bed.sign_up(app)
    confirm = {"ClientId": app, "Username": email}
    clock.goes_on(24 * 3600 + 1)
    assert outcome(people.confirm_sign_up, ConfirmationCode=bed.code(email), **confirm) == EXPIRED
    people.resend_confirmation_code(ClientId=app, Username=email)
    clock.goes_on(24 * 3600 - 1)
    assert outcome(people.confirm_sign_up, ConfirmationCode=bed.code(email), **confirm) == GOOD


def test_a_code_for_a_new_address_is_good_for_a_day(bed: Bed, clock: Clock, app: str) -> None:
    people, email = bed.client("cognito-idp"), bed.person(app)
    address = f"{unique('new')}@example.org"
    change = [{"Name": "email", "Value": address}]
    people.update_user_attributes(AccessToken=bed.tokens(app, email)["AccessToken"], UserAttributes=change)
    clock.goes_on(24 * 3600 + 1)
    proof = {"AccessToken": bed.tokens(app, address)["AccessToken"], "AttributeName": "email"}
    assert outcome(people.verify_user_attribute, Code=bed.code(address), **proof) == EXPIRED
