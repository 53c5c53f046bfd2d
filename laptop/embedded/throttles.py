"""Throttles messages on sockets as their stage says; ministack does so for REST methods."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import apigateway, apigateway_v1

from laptop.embedded.patching import Function, patch

REFUSED = "Too Many Requests"


@patch(apigateway, "_invoke_ws_lambda")
async def within_its_rate(
    original: Function,
    api_id: str,
    account: str,
    region: str,
    route: dict[str, Any],
    stage: str,
    connection: str,
    event: str,
    request: str,
    *rest: Any,
    **options: Any,
) -> Any:
    """The gateway answers what is throttled; closed sockets are always reported."""
    limits = _limits(apigateway._stages.get(api_id, {}).get(stage) or {}, route["routeKey"])
    if event == "DISCONNECT" or apigateway_v1._take_token(("socket", api_id, stage, route["routeKey"]), limits):
        return await original(api_id, account, region, route, stage, connection, event, request, *rest, **options)
    body = {"message": REFUSED, "connectionId": connection, "requestId": request}
    return {"statusCode": 429, "body": json.dumps(body)}


def _limits(stage: dict[str, Any], route: str) -> dict[str, Any]:
    """A route's own limits, or those of all."""
    settings = {**(stage.get("defaultRouteSettings") or {}), **(stage.get("routeSettings") or {}).get(route, {})}
    return {"rateLimit": settings.get("throttlingRateLimit"), "burstLimit": settings.get("throttlingBurstLimit")}
