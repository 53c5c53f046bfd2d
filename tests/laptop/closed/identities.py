"""Identity pools: who gets an identity, and its credentials."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

from tests.laptop.closed import closes
from tests.laptop.embedded_support import (
    Bed,
    refused,
)


@closes("identities")
def nobody_has_an_identity_without_a_login(bed: Bed) -> None:
    identities, pool = bed.client("cognito-identity"), bed.identity_pool()
    assert refused(identities.get_id, IdentityPoolId=pool)
    assert refused(identities.get_id, IdentityPoolId=pool, Logins={})
    assert refused(identities.get_credentials_for_identity, IdentityId=f"{bed.cloud.region}:{uuid.uuid4()}")
    unknown = {"IdentityId": f"{bed.cloud.region}:{uuid.uuid4()}", "Logins": bed.logins()}
    assert refused(identities.get_credentials_for_identity, **unknown)


@closes("identities")
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


@closes("identities")
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


@closes("identities")
def a_forged_token_assumes_no_role(bed: Bed) -> None:
    role = bed.role(principal={"Federated": "cognito-identity.amazonaws.com"})
    forged = jwt(iss="https://cognito-identity.amazonaws.com", aud="a pool", amr=["authenticated"], exp=4_000_000_000)
    call = bed.client("sts").assume_role_with_web_identity
    for token, more in (forged, {}), ("nonsense", {"ProviderId": "cognito-identity.amazonaws.com"}):
        assert refused(call, RoleArn=role, RoleSessionName="forged", WebIdentityToken=token, **more)


def jwt(**told: Any) -> str:
    """An unsigned token."""
    parts = json.dumps({"alg": "RS256", "kid": "x"}), json.dumps(told), "no signature"
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


@closes("identities")
def the_classic_flow_has_to_be_allowed(bed: Bed) -> None:
    identities, pool, logins = bed.client("cognito-identity"), bed.identity_pool(), bed.logins()
    identity = identities.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
    assert refused(identities.get_open_id_token, IdentityId=identity, Logins=logins)
