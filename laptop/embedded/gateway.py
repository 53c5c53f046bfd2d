"""REST requests as API Gateway answers them: size limits, validation by content type, failures without details."""

from __future__ import annotations

from typing import Any

from ministack.services import apigateway_v1 as gateway

from laptop.embedded.patching import Function, patch

LARGEST_REQUEST = 10 * 1024 * 1024
LARGEST_RESPONSE = 6 * 1024 * 1024


class IntegrationFailedError(Exception):
    """The function failed, or its answer can't be passed on."""


class BadGateway(gateway._GatewayError):  # type: ignore[misc]
    """The gateway's own answer: DEFAULT_5XX, with status 502 unless that response sets another."""

    def __init__(self) -> None:
        super().__init__("DEFAULT_5XX", "Internal server error", "InternalServerErrorException")


@patch(gateway, "_lambda_proxy_response")
def refuse_failures(original: Function, result: Any) -> Any:
    response, error = original(result)
    body = (response or {}).get("body")
    if error or (isinstance(body, str) and len(body) > LARGEST_RESPONSE):
        raise IntegrationFailedError
    return response, None


@patch(gateway, "_invoke_lambda_proxy_v1")
async def without_error_text(original: Function, *request: Any, **options: Any) -> Any:
    try:
        return await original(*request, **options)
    except IntegrationFailedError:
        return BadGateway()


@patch(gateway, "_gateway_error_response")
def with_status_502(original: Function, error: Any, request: Any) -> Any:
    status, headers, body = original(error, request)
    return 502 if isinstance(error, BadGateway) and status == 500 else status, headers, body


@patch(gateway, "_build_lambda_event_v1")
def with_the_path_as_asked(original: Function, api_id: str, stage: str, *request: Any, **options: Any) -> Any:
    """For functions that build their own URL: more than the stage may precede their routes."""
    event = original(api_id, stage, *request, **options)
    if not event["headers"].get("host", "").startswith(f"{api_id}."):
        event["requestContext"]["path"] = f"/_aws/execute-api/{api_id}{event['requestContext']['path']}"
    return event


@patch(gateway, "_check_request_validation")
def by_content_type(
    original: Function, method: Any, api_id: str, request: Any, headers: Any, body: Any, query: Any
) -> Any:
    """Check the body against the model for its content type; without a model it is not checked."""
    if len(body or b"") > LARGEST_REQUEST:
        return gateway._gw_error("REQUEST_TOO_LARGE", "Request Too Long")
    models = method.get("requestModels") or {}
    sent = (gateway._header_ci(headers, "content-type") or "application/json").split(";", 1)[0].strip()
    model = models.get(sent) or models.get("$default")
    only = {"application/json": model, sent: model} if model else {}
    return original({**method, "requestModels": only}, api_id, request, headers, body, query)
