"""Tokens that our own code checks: only what the pool has signed, for this moment, as a sign-in token."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.core import tokens
from chalicelib.core.errors import UnauthorizedError, UnavailableError
from tests.support.tokens import encoded, rs256, unsigned, with_a_flipped_bit, with_other_claims, written

ISSUER = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_pool"
NOW = 1_800_000_000
CLAIMS = {"sub": "ada", "iss": ISSUER, "token_use": "id", "iat": NOW - 10, "exp": NOW + 3600}
OWN, FORGED = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
HEADER = {"alg": "RS256", "kid": "one"}
GOOD = written(HEADER, CLAIMS, rs256(OWN))


def jwks(key: rsa.RSAPrivateKey, kid: str) -> bytes:
    public = key.public_key().public_numbers()
    n, e = (encoded(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (public.n, public.e))
    return json.dumps({"keys": [{"kty": "RSA", "kid": kid, "n": n, "e": e}, {"kty": "EC", "kid": "two"}]}).encode()


KEYS = tokens.read_keys(jwks(OWN, "one"))


def test_a_good_one() -> None:
    assert tokens.checked(GOOD, KEYS, ISSUER, NOW) == CLAIMS


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        f"{encoded(b'[]')}.{encoded(b'[]')}.{encoded(b'[]')}",
        f"{encoded(b'[' * 5000)}.{encoded(b'[]')}.{encoded(b'[]')}",
        GOOD[:-20],
        f"{GOOD}.more",
        with_a_flipped_bit(GOOD),
        with_other_claims(GOOD, sub="bob"),
        unsigned(GOOD),
        written(HEADER, CLAIMS, rs256(FORGED)),
        written({**HEADER, "kid": "two"}, CLAIMS, rs256(OWN)),
        written({**HEADER, "alg": "HS256"}, CLAIMS, rs256(OWN)),
        written(HEADER, {**CLAIMS, "exp": NOW}, rs256(OWN)),
        written(HEADER, {**CLAIMS, "iat": NOW + 3600}, rs256(OWN)),
        written(HEADER, {**CLAIMS, "iss": ISSUER + "2"}, rs256(OWN)),
        written(HEADER, {**CLAIMS, "token_use": "access"}, rs256(OWN)),
        written(HEADER, {"sub": "ada"}, rs256(OWN)),
    ],
)
def test_bad_ones(token: str) -> None:
    assert tokens.checked(token, KEYS, ISSUER, NOW) is None


def test_keys_are_read_once_and_again_for_a_name_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []
    clock = {"now": float(NOW)}
    served: dict[str, Any] = {"keys": jwks(FORGED, "old")}

    def fetch(pool: str) -> tokens.Keys:
        fetched.append(pool)
        return tokens.read_keys(served["keys"])

    tokens.forget()
    monkeypatch.setenv("USER_POOL_ID", "eu-central-1_pool")
    monkeypatch.setattr(tokens, "_fetched", fetch)
    monkeypatch.setattr("chalicelib.core.tokens.time.time", lambda: clock["now"])
    for _ in range(3):  # whoever makes up a key's name doesn't make us ask each time
        with pytest.raises(UnauthorizedError):
            tokens.claims(GOOD)
    assert len(fetched) == 1
    clock["now"] += 61
    served["keys"] = jwks(OWN, "one")
    assert [tokens.claims(GOOD) for _ in range(3)] == [CLAIMS] * 3
    assert len(fetched) == 2
    tokens.forget()


def test_keys_that_can_not_be_read_are_nobodys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token is not refused for it, as its pages would sign out; and what is known stays known."""
    served: list[tokens.Keys] = [{}, KEYS, {}]
    clock = {"now": float(NOW)}
    tokens.forget()
    monkeypatch.setenv("USER_POOL_ID", "eu-central-1_pool")
    monkeypatch.setattr(tokens, "_fetched", lambda pool: served.pop(0))
    monkeypatch.setattr("chalicelib.core.tokens.time.time", lambda: clock["now"])
    for _ in range(2):
        with pytest.raises(UnavailableError):
            tokens.claims(GOOD)
    clock["now"] += 61
    assert tokens.claims(GOOD) == CLAIMS
    clock["now"] += 61
    with pytest.raises(UnauthorizedError):
        tokens.claims(written({**HEADER, "kid": "made up"}, CLAIMS, rs256(FORGED)))
    assert not served and tokens.claims(GOOD) == CLAIMS
    tokens.forget()
