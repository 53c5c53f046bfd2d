"""Tokens that are valid except for one thing."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.support.cloud import root
from tests.support.stage import PASSWORD, RunningStage, User

Claims = dict[str, Any]
Sign = Callable[[bytes], bytes]


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def header_of(token: str) -> Claims:
    header: Claims = json.loads(decoded(token.split(".")[0]))
    return header


def claims_of(token: str) -> Claims:
    claims: Claims = json.loads(decoded(token.split(".")[1]))
    return claims


def written(header: Claims, claims: Claims, sign: Sign) -> str:
    text = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{encoded(sign(text.encode()))}"


def rs256(key: rsa.RSAPrivateKey) -> Sign:
    return lambda text: key.sign(text, padding.PKCS1v15(), hashes.SHA256())


def key_of_the_cloud(stage: RunningStage) -> rsa.RSAPrivateKey:
    """The key with which the stage's user pool signs its ID tokens."""
    file = stage.data / "state" / "cognito-pool-keys" / f"{stage.config['userPoolId']}-id.pem"
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def signed_by_the_cloud(user: User, **changes: Any) -> str:
    """The user's own ID token with other claims, as if issued by the pool."""
    claims = {**claims_of(user.token), **changes}
    return written(header_of(user.token), claims, rs256(key_of_the_cloud(user.stage)))


def self_signed(token: str, **changes: Any) -> str:
    """Everything correct, even the key's name, except that the key is the forger's."""
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return written(header_of(token), {**claims_of(token), **changes}, rs256(own))


def unsigned(token: str, **changes: Any) -> str:
    return written({**header_of(token), "alg": "none"}, {**claims_of(token), **changes}, lambda text: b"")


def signed_with_the_public_key(stage: RunningStage, token: str) -> str:
    """The public key used as a shared secret: some checkers fall for that."""
    pem = (
        key_of_the_cloud(stage)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return written(
        {**header_of(token), "alg": "HS256"}, claims_of(token), lambda text: hmac.digest(pem, text, "sha256")
    )


def with_other_claims(token: str, **changes: Any) -> str:
    """With the signature of the original claims."""
    header, _, signature = token.split(".")
    return f"{header}.{encoded(json.dumps({**claims_of(token), **changes}).encode())}.{signature}"


def with_a_flipped_bit(token: str) -> str:
    head, _, signature = token.rpartition(".")
    raw = bytearray(decoded(signature))
    raw[len(raw) // 2] ^= 1
    return f"{head}.{encoded(bytes(raw))}"


def of_another_pool(stage: RunningStage) -> str:
    """A real ID token of a real user with the same address, from another application on the same cloud."""
    cognito = root(stage, "cognito-idp")
    pool = cognito.create_user_pool(PoolName="another", UsernameAttributes=["email"])["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="another", ExplicitAuthFlows=flows)
    email = "ada@commonplace.example"
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
    cognito.create_group(UserPoolId=pool, GroupName="curators")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName="curators")
    answer = cognito.initiate_auth(
        ClientId=client["UserPoolClient"]["ClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )
    return str(answer["AuthenticationResult"]["IdToken"])


def bad_tokens(stage: RunningStage, user: User) -> dict[str, str | None]:
    """What each should be refused for. The user is a curator, who may do everything."""
    good, elsewhere, now = user.token, of_another_pool(stage), int(time.time())
    return {
        "none": None,
        "empty": "",
        "only a scheme": "Bearer",
        "another scheme": f"Basic {good}",
        "no token": "abc",
        "three dots": "a.b.c",
        "not JSON": f"{encoded(b'no')}.{encoded(b'no')}.{encoded(b'no')}",
        "claims that are a list": f"{good.split('.')[0]}.{encoded(b'[]')}.{good.split('.')[2]}",
        "self-signed": self_signed(good),
        "self-signed, Bearer": f"Bearer {self_signed(good)}",
        "unsigned": unsigned(good),
        "signed with the public key": signed_with_the_public_key(stage, good),
        "other claims": with_other_claims(good, exp=now + 86_400),
        "a flipped bit": with_a_flipped_bit(good),
        "cut off": good[:-20],
        "another pool's": elsewhere,
        "another pool's that says it is ours": with_other_claims(elsewhere, iss=claims_of(good)["iss"]),
        "expired": signed_by_the_cloud(user, exp=now - 1),
        "from the future": signed_by_the_cloud(user, iat=now + 3600, exp=now + 7200),
        "access token": str(user.tokens["AccessToken"]),
        "refresh token": str(user.tokens["RefreshToken"]),
    }
