"""An embedded cloud for tests of its own, and the few resources that they build on it."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import io
import json
import secrets
import tempfile
import textwrap
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from laptop.embedded import EXECUTIONS, EmbeddedCloud
from tests.support.stage import free_port

PASSWORD = "Correct-horse-7"
PATIENCE = 60.0  # how long a busy machine may need for something quick
Found = TypeVar("Found")


def eventually(look: Callable[[], Found], limit: float = PATIENCE) -> Found:
    """The first truthy result of `look`, or the last one when time is up."""
    deadline = time.monotonic() + limit
    while True:
        found = look()
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.03)


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def refused(call: Callable[..., Any], **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 401, 403)
    return False


def claims(token: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")))


_session = boto3.Session()  # it loads a service's model once for all beds
_session_turn = threading.Lock()


class Bed:
    """A running cloud, with shortcuts to add functions, tables, people and APIs."""

    def __init__(self, *, stock: bool = False, folder: Path | None = None, executions: int = EXECUTIONS) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="embedded-", dir=folder)
        self.data = Path(self._folder.name)
        self.port = free_port()
        self.stock = stock
        self.patience = 4.0 if stock else PATIENCE  # not for long where it is not expected to happen
        self.cloud = EmbeddedCloud.start(self.data, self.port, stock=stock, executions=executions)
        self.endpoint = self.cloud.endpoint

    def close(self) -> None:
        self.cloud.stop()
        self._folder.cleanup()

    def kill_and_start_again(self) -> None:
        self.cloud._process.kill()
        self.cloud._process.wait()
        self.cloud = EmbeddedCloud.start(self.data, self.port, stock=self.stock)

    @contextmanager
    def behind_boto3(self) -> Iterator[None]:
        """Meanwhile boto3's own clients in this process talk to this cloud, as root."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.cloud.environment.items():
                patch.setenv(name, value)
            patch.setattr(boto3, "DEFAULT_SESSION", None)
            yield

    def eventually(self, look: Callable[[], Found]) -> Found:
        return eventually(look, self.patience)

    def folder(self) -> Path:
        """An empty folder for exchanging files between functions and the test."""
        made = self.data / unique("signals")
        made.mkdir()
        return made

    def client(self, service: str, **credentials: str) -> Any:
        """A client of the root user, or with the given credentials."""
        return self._clients(service, tuple(sorted(credentials.items())))

    @functools.cache  # noqa: B019 - as long-lived as the bed
    def _clients(self, service: str, credentials: tuple[tuple[str, str], ...]) -> Any:
        root = self.cloud.environment
        given = {
            "aws_access_key_id": root["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": root["AWS_SECRET_ACCESS_KEY"],
            **dict(credentials),
        }
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=60, s3={"addressing_style": "path"})
        endpoint = self.endpoint
        with _session_turn:
            return _session.client(service, self.cloud.region, endpoint_url=endpoint, config=config, **given)

    def role(self, *statements: dict[str, Any], principal: dict[str, str] | None = None) -> str:
        who = principal or {"Service": "lambda.amazonaws.com"}
        action = "sts:AssumeRoleWithWebIdentity" if "Federated" in who else "sts:AssumeRole"
        trust = {"Statement": [{"Effect": "Allow", "Principal": who, "Action": action}], "Version": "2012-10-17"}
        name = unique("role")
        made = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}
        if statements:
            self.client("iam").put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
        return str(made["Role"]["Arn"])

    @functools.cached_property
    def everything(self) -> str:
        """A role that may do everything, for functions whose permissions are not the point."""
        return self.role({"Action": "*", "Resource": "*"})

    def function(self, source: str, **settings: Any) -> str:
        """Create a function from the source of its `main.py` with a `handler(event, context)`; returns its name."""
        name = str(settings.get("FunctionName") or unique("function"))
        self.client("lambda").create_function(
            **{
                "FunctionName": name,
                "Runtime": "python3.11",
                "Role": self.everything,
                "Handler": "main.handler",
                "Code": {"ZipFile": package(source)},
                "Timeout": 120,
                **settings,
            }
        )
        eventually(lambda: self.client("lambda").get_function(FunctionName=name)["Configuration"]["State"] == "Active")
        return name

    def arn(self, function: str) -> str:
        return f"arn:aws:lambda:{self.cloud.region}:{self.cloud.account}:function:{function}"

    def invoke(self, function: str, event: Any = None) -> Any:
        answer = self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event or {}))
        return json.loads(answer["Payload"].read())

    def queue(self) -> tuple[str, str]:
        url = self.client("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]
        named = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, named["Attributes"]["QueueArn"]

    def messages(self, url: str) -> list[Any]:
        """Take what is in the queue."""
        taken = self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in taken:
            self.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in taken]

    def table(self, **settings: Any) -> str:
        name = unique("table")
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        kinds = [{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")]
        self.client("dynamodb").create_table(
            TableName=name, KeySchema=keys, AttributeDefinitions=kinds, BillingMode="PAY_PER_REQUEST", **settings
        )
        return name

    def streamed_table(self) -> tuple[str, str]:
        name = self.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
        return name, self.client("dynamodb").describe_table(TableName=name)["Table"]["LatestStreamArn"]

    def put(self, table: str, sk: str, **attributes: str) -> None:
        item = {"pk": "one", "sk": sk, **attributes}
        self.client("dynamodb").put_item(TableName=table, Item={key: {"S": value} for key, value in item.items()})

    def feed(self, function: str, stream: str, **settings: Any) -> None:
        self.client("lambda").create_event_source_mapping(
            FunctionName=function, EventSourceArn=stream, StartingPosition="TRIM_HORIZON", **settings
        )

    @functools.cached_property
    def answering(self) -> str:
        """A function that answers requests."""
        return self.function('def handler(event, context): return {"statusCode": 200, "body": "good"}')

    @functools.cached_property
    def failing(self) -> str:
        return self.function('def handler(event, context): raise RuntimeError("a secret detail")')

    @functools.cached_property
    def people(self) -> tuple[str, str]:
        """The user pool and client that checks share: making a pool's keys takes time."""
        return self.pool()

    def pool(self, **settings: Any) -> tuple[str, str]:
        """A user pool and its client."""
        client = self.client("cognito-idp")
        made = client.create_user_pool(
            PoolName=unique("pool"), UsernameAttributes=["email"], AutoVerifiedAttributes=["email"], **settings
        )
        pool = made["UserPool"]["Id"]
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        app = client.create_user_pool_client(
            UserPoolId=pool,
            ClientName="web",
            ExplicitAuthFlows=flows,
            CallbackURLs=["http://localhost:8000/"],
            AllowedOAuthFlows=["code"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthScopes=["openid", "email"],
            SupportedIdentityProviders=["COGNITO"],
            PreventUserExistenceErrors="ENABLED",
        )
        return pool, app["UserPoolClient"]["ClientId"]

    def identity_pool(self, *statements: dict[str, Any]) -> str:
        """An identity pool for `people`, with a role that may do this."""
        client = self.client("cognito-identity")
        (provider,) = self.logins("")
        made = client.create_identity_pool(
            IdentityPoolName=unique("identities"),
            AllowUnauthenticatedIdentities=False,
            CognitoIdentityProviders=[
                {"ProviderName": provider, "ClientId": self.people[1], "ServerSideTokenCheck": True}
            ],
        )
        pool = str(made["IdentityPoolId"])
        role = self.role(*statements, principal={"Federated": "cognito-identity.amazonaws.com"})
        client.set_identity_pool_roles(IdentityPoolId=pool, Roles={"authenticated": role})
        return pool

    def logins(self, token: str | None = None) -> dict[str, str]:
        """What an identity pool needs to see of one of `people`; a new person without a token."""
        pool, app = self.people
        given = self.tokens(app, self.person(app))["IdToken"] if token is None else token
        return {f"cognito-idp.{self.cloud.region}.amazonaws.com/{pool}": given}

    def sign_up(self, app: str) -> str:
        email = f"{unique('ada')}@example.org"
        self.client("cognito-idp").sign_up(ClientId=app, Username=email, Password=PASSWORD)
        return email

    def code(self, email: str) -> str:
        """The code in the latest mail to a person."""
        text = next(mail["text"] for mail in self.cloud.mailbox() if mail["to"] == email)
        return "".join(character for character in text if character.isdigit())

    def person(self, app: str) -> str:
        """The address of somebody who has confirmed it."""
        email = self.sign_up(app)
        self.client("cognito-idp").confirm_sign_up(ClientId=app, Username=email, ConfirmationCode=self.code(email))
        return email

    def tokens(self, app: str, email: str, password: str = PASSWORD) -> dict[str, str]:
        given = {"USERNAME": email, "PASSWORD": password}
        answer = self.client("cognito-idp").initiate_auth(
            ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given
        )
        return dict(answer["AuthenticationResult"])

    def rest_api(self, function: str, pool: str | None = None) -> tuple[str, str]:
        """An API built call by call whose `ANY /{proxy+}` is the function; returns its id and URL."""
        client = self.client("apigateway")
        api = client.create_rest_api(name=unique("api"))["id"]
        root = client.get_resources(restApiId=api)["items"][0]["id"]
        place = {
            "restApiId": api,
            "resourceId": client.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")["id"],
            "httpMethod": "ANY",
        }
        security: dict[str, Any] = {"authorizationType": "NONE"}
        if pool:
            pool_arn = f"arn:aws:cognito-idp:{self.cloud.region}:{self.cloud.account}:userpool/{pool}"
            authorizer = client.create_authorizer(
                restApiId=api,
                name="people",
                type="COGNITO_USER_POOLS",
                providerARNs=[pool_arn],
                identitySource="method.request.header.Authorization",
            )
            security = {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": authorizer["id"]}
        client.put_method(**place, **security)
        client.put_integration(
            **place, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration_uri(self.arn(function))
        )
        return api, self.deploy(api)

    def deploy(self, api: str) -> str:
        self.client("apigateway").create_deployment(restApiId=api, stageName="test")
        return f"{self.endpoint}/_aws/execute-api/{api}/test"

    def socket_api(self, **routes: str) -> str:
        """A WebSocket API whose routes are functions; `connect` stands for `$connect`."""
        client = self.client("apigatewayv2")
        api = client.create_api(
            Name=unique("socket"), ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )["ApiId"]
        for route, function in routes.items():
            key = f"${route}" if route in ("connect", "disconnect", "default") else route
            target = client.create_integration(
                ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=integration_uri(self.arn(function))
            )["IntegrationId"]
            client.create_route(
                ApiId=api, RouteKey=key, Target=f"integrations/{target}", RouteResponseSelectionExpression="$default"
            )
        client.create_stage(ApiId=api, StageName="test", AutoDeploy=True)
        return f"ws://127.0.0.1:{self.port}/_aws/execute-api/{api}/test"


def recorded(bed: Bed, table: str) -> list[str]:
    return sorted(item["sk"]["S"] for item in bed.client("dynamodb").scan(TableName=table)["Items"])


def integration_uri(function_arn: str) -> str:
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function_arn}/invocations"


def package(source: str, path: str = "main.py") -> bytes:
    """The zip of a function or layer with only this file; the same source gives the same zip, whatever the time."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr(zipfile.ZipInfo(path), textwrap.dedent(source))
    return archive.getvalue()


def _arctan_of_inverse(number: int, unity: int) -> int:
    total = term = unity // number
    divisor, sign = 3, -1
    while term:
        term //= number * number
        total += sign * (term // divisor)
        divisor, sign = divisor + 2, -sign
    return total


def _pi(bits: int) -> int:
    guard = 64
    unity = 1 << (bits + guard)
    return 4 * (4 * _arctan_of_inverse(5, unity) - _arctan_of_inverse(239, unity)) >> guard


PRIME = 2**3072 - 2**3008 - 1 + 2**64 * (_pi(2942) + 1690314)  # group 15 of RFC 3526
BASE = 2


def _bytes(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")  # with a leading zero if the top bit is set


def _hash(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


def sign_in(people: Any, pool: str, app: str, email: str, password: str) -> dict[str, str]:
    """Prove the password to the pool without revealing it (SRP, client side); returns the tokens."""
    secret = secrets.randbelow(PRIME)
    public = pow(BASE, secret, PRIME)
    given = {"USERNAME": email, "SRP_A": f"{public:x}"}
    challenge = people.initiate_auth(ClientId=app, AuthFlow="USER_SRP_AUTH", AuthParameters=given)
    asked = challenge["ChallengeParameters"]
    name = pool.split("_")[1] + asked["USER_ID_FOR_SRP"]
    theirs = int(asked["SRP_B"], 16)
    mix = _hash(_bytes(public), _bytes(theirs))
    key = _hash(_bytes(int(asked["SALT"], 16)), hashlib.sha256(f"{name}:{password}".encode()).digest())
    verifier = _hash(_bytes(PRIME), _bytes(BASE)) * pow(BASE, key, PRIME)
    shared = pow(theirs - verifier, secret + mix * key, PRIME)
    extracted = hmac.digest(_bytes(mix), _bytes(shared), "sha256")
    signing_key = hmac.digest(extracted, b"Caldera Derived Key\x01", "sha256")[:16]
    now = datetime.now(UTC)
    stamp = f"{now:%a %b} {now.day} {now:%H:%M:%S UTC %Y}"
    message = name.encode() + base64.b64decode(asked["SECRET_BLOCK"]) + stamp.encode()
    answer = {
        "USERNAME": asked["USER_ID_FOR_SRP"],
        "TIMESTAMP": stamp,
        "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"],
        "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.digest(signing_key, message, "sha256")).decode(),
    }
    proved = people.respond_to_auth_challenge(
        ClientId=app, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=answer
    )
    return dict(proved["AuthenticationResult"])
