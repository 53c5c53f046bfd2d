"""The claims of a sign-in token, for routes that let anyone in and the gateway therefore checks nothing.

The user pool signs with RSA: checking that takes one power and one comparison, and no library.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from typing import Any

from chalicelib.core import settings
from chalicelib.core.errors import UnauthorizedError, UnavailableError
from chalicelib.core.signed import SERVICES, endpoint_of, region_of
from chalicelib.core.wire import Endpoint, UnansweredError

Keys = dict[str, tuple[int, int]]  # modulus and exponent by name

_SKEW_SECONDS = 60
_FRESH_SECONDS = 60  # a name that is not known yet may be a new key's: but not each time that somebody makes one up
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")  # what precedes the digest, as PKCS #1 wants it

_UNREADABLE = (ValueError, TypeError, LookupError, RecursionError)

_known: dict[str, tuple[float, Keys]] = {}


def claims(token: str) -> dict[str, Any]:
    """Raises UnauthorizedError unless our user pool has issued it, and it is still valid."""
    pool, now = settings.user_pool_id(), time.time()
    issuer = f"https://cognito-idp.{pool.partition('_')[0]}.amazonaws.com/{pool}"
    read_at, keys = _known.get(pool, (0.0, {}))
    if now > read_at + _FRESH_SECONDS and _key_of(token) not in keys:
        keys = _fetched(pool) or keys
        _known[pool] = now, keys
    if not keys:  # nobody's fault: refused, the pages would sign out
        raise UnavailableError("Sign-ins can't be checked right now: try again in a moment.")
    if found := checked(token, keys, issuer, now):
        return found
    raise UnauthorizedError("The sign-in token is not valid (any more).")


def checked(token: str, keys: Keys, issuer: str, now: float) -> dict[str, Any] | None:
    """The claims, if everything about the token is right."""
    try:
        head, body, signature = token.split(".")
        header, found = (json.loads(_decoded(part)) for part in (head, body))
        key = keys.get(header["kid"]) if header["alg"] == "RS256" else None
        if not key or not _is_signed(f"{head}.{body}".encode(), _decoded(signature), *key):
            return None
        is_current = found["iat"] <= now + _SKEW_SECONDS and now < found["exp"]
        return found if is_current and found["iss"] == issuer and found["token_use"] == "id" else None
    except _UNREADABLE:
        return None


def _key_of(token: str) -> str:
    """The name of the key that it says it is signed with."""
    try:
        return str(json.loads(_decoded(token.partition(".")[0]))["kid"])
    except _UNREADABLE:
        return ""


def forget() -> None:
    """Read the keys again."""
    _known.clear()


def _is_signed(text: bytes, signature: bytes, modulus: int, exponent: int) -> bool:
    size = (modulus.bit_length() + 7) // 8
    if len(signature) != size:
        return False
    digest = _SHA256 + hashlib.sha256(text).digest()
    expected = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
    return hmac.compare_digest(pow(int.from_bytes(signature, "big"), exponent, modulus).to_bytes(size, "big"), expected)


def _fetched(pool: str) -> Keys:
    """The pool's public keys; none if they can't be read now."""
    endpoint = Endpoint(endpoint_of(SERVICES["cognito-idp"], region_of(os.environ), os.environ))
    try:
        status, answer = endpoint.get(f"/{pool}/.well-known/jwks.json")
    except UnansweredError:
        status, answer = 0, b""
    return read_keys(answer) if status == 200 else {}


def read_keys(answer: bytes) -> Keys:
    listed = json.loads(answer)["keys"]
    return {key["kid"]: (_number(key["n"]), _number(key["e"])) for key in listed if key["kty"] == "RSA"}


def _number(text: str) -> int:
    return int.from_bytes(_decoded(text), "big")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
