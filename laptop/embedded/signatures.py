"""Requests without a valid signature are anonymous. This names what AWS answers to them; all else is refused."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from ministack import app as ministack
from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import AuthError
from ministack.core.responses import get_account_id
from ministack.core.router import detect_service, extract_access_key_id
from ministack.services import cognito, s3

from laptop.embedded.access import NOBODY
from laptop.embedded.buckets import readable
from laptop.embedded.patching import Function, patch

TARGET = re.compile(r"AWSCognitoIdentity(Provider)?Service\.(\w+)")
BY_A_TOKEN = "AssumeRoleWithWebIdentity"
TWO_ACTIONS = AuthError("IncompleteSignature", "A request names one action.")
Headers = dict[str, str]
Query = dict[str, list[str]]


@patch(ministack, "_handle_special_data_plane_request")
async def signed_or_public(
    original: Function, method: str, path: str, headers: Headers, body: bytes, query: Query, id: str, **raw: Any
) -> Any:
    """Stands before every service. Unsigned requests go straight to the part that answers them, past all routing."""
    answer = await _public(method, path, headers, body, query, id, **raw)
    if answer is not None:
        return answer
    failure = _failure(method, path, headers, body, query)
    if failure is None:
        return await original(method, path, headers, body, query, id, **raw)
    if isinstance(failure, AuthError):
        service = detect_service(method, path, headers, ministack._routing_params(method, path, headers, body, query))
        failure = ministack._credential_failure(service, "", id, failure, headers)
    return readable(failure, method, path, headers)


async def _public(method: str, path: str, headers: Headers, body: bytes, query: Query, id: str, **raw: Any) -> Any:
    """The answer to an anonymous request, or None: the edge, the API, signing in, a role for a token, a signed form."""
    host = headers.get("host", "")
    if ministack._parse_cloudfront_dataplane_host(host):
        where = raw.get("raw_path") or path, raw.get("raw_query_string", "")
        client = raw.get("client_ip", "127.0.0.1")
        return await ministack._handle_cloudfront_dataplane_request(
            host, path, *where, method, headers, body, query, client
        )
    if _is_for_anybody(host, method, path):
        as_sent = {name: raw.get(name) for name in ("raw_path", "raw_query_string")}
        answer = await ministack._handle_execute_api_request(host, path, method, headers, body, query, **as_sent)
        return ministack._with_data_plane_headers(answer, id, wildcard_cors=False)
    if _is_of_people(method, path, headers) or _is_by_a_token(method, path, headers, body, query):
        return await ministack._dispatch_service_request(method, path, headers, body, query, id)
    if _is_a_form(method, path, headers, query):
        return await ministack._dispatch_service_request(method, path, headers, body, query, id)
    return None


def _is_for_anybody(host: str, method: str, path: str) -> bool:
    """Whether the request is to an API, whose own authorizer decides, and not about its sockets."""
    parsed = ministack._parse_execute_api_url(host, path)
    if parsed is None or parsed[2].startswith("/@connections/"):
        return False
    stage, rest = ministack._resolve_stage_and_path(*parsed)
    return bool(ministack._execute_api_authorization_type(parsed[0], stage, method, rest) != "AWS_IAM")


def _is_of_people(method: str, path: str, headers: Headers) -> bool:
    found = TARGET.fullmatch(headers.get("x-amz-target", ""))
    if not found or (method, path) != ("POST", "/"):
        return False
    return found[2] in (cognito._UNSIGNED_IDP_ACTIONS if found[1] else cognito._UNSIGNED_IDENTITY_ACTIONS)


def _actions(headers: Headers, body: bytes, query: Query) -> set[str]:
    """All actions that the request names: the router may see another than the service."""
    kind = headers.get("content-type", "")
    sent = parse_qs(body.decode("utf-8", "replace")) if kind.startswith("application/x-www-form-urlencoded") else {}
    return {*query.get("Action", []), *sent.get("Action", [])}


def _is_by_a_token(method: str, path: str, headers: Headers, body: bytes, query: Query) -> bool:
    in_json = "x-amz-target" in headers or "json" in headers.get("content-type", "")
    return method in ("GET", "POST") and path == "/" and not in_json and _actions(headers, body, query) == {BY_A_TOKEN}


def _is_a_form(method: str, path: str, headers: Headers, query: Query) -> bool:
    """A form sent to a bucket has its signature among its fields, where S3 looks for it."""
    is_form = method == "POST" and headers.get("content-type", "").startswith("multipart/form-data")
    bucket, _, key = path.lstrip("/").partition("/")
    return (
        is_form
        and not (query or key or headers.get("authorization"))
        and ministack._extract_s3_vhost_bucket(headers.get("host", "")) is None
        and s3._bucket_owner_account(bucket) is not None
        and detect_service(method, path, headers, query) == "s3"
    )


def _failure(method: str, path: str, headers: Headers, body: bytes, query: Query) -> Any:
    """What is wrong with the signature; None if it is valid."""
    if len(_actions(headers, body, query)) > 1:
        return TWO_ACTIONS
    key = extract_access_key_id(headers, query)
    signed = iam_evaluator._signed_request.get()
    if signed is None or signed.access_key_id != key:
        return NOBODY
    if signed.s3_scoped:
        return s3._verify_presigned_sigv4(method, path, headers, query)
    checked = iam_evaluator.authenticate(key, get_account_id())
    return NOBODY if checked is None else checked if isinstance(checked, AuthError) else None
