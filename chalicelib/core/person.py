"""The signed-in person, from the token that the gateway has checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chalicelib.core.errors import UnauthorizedError

CURATORS = "curators"
AUTHORS = "authors"


class SignIn(NamedTuple):
    """Whose it is, and when it was: its tokens are renewed, and it stays the same."""

    person: str
    at: int


@dataclass(frozen=True)
class Person:
    id: str
    email: str
    name: str
    groups: frozenset[str] = field(default=frozenset())
    signed_in_at: int = 0

    @property
    def sign_in(self) -> SignIn:
        return SignIn(self.id, self.signed_in_at)


def from_claims(claims: dict[str, Any] | None) -> Person:
    """No claims means that no authorizer ran: `chalice local` lets such requests through."""
    if not claims or not claims.get("sub") or claims.get("token_use") != "id":
        raise UnauthorizedError("Sign in first: this needs your ID token.")
    email = str(claims.get("email", "")).lower()
    # An unverified address could be somebody else's.
    verified = str(claims.get("email_verified", "")).lower() == "true"
    return Person(
        id=claims["sub"],
        email=email if verified else "",
        name=str(claims.get("name") or email.partition("@")[0]),
        groups=frozenset(_groups(claims.get("cognito:groups"))) & {CURATORS, AUTHORS},
        signed_in_at=int(claims.get("auth_time") or 0),
    )


def _groups(claim: str | list[str] | None) -> list[str]:
    """The gateway sends lists as one string: `curators,authors` or `[curators authors]`."""
    if isinstance(claim, str):
        return claim.strip("[]").replace(",", " ").split()
    return claim or []
