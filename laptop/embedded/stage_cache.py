"""A stage's optional cache: answers by the method's cache key, for as long as its settings say.

As on AWS the key is the method's address and the parameters that the integration names, nothing else: forgetting
the caller's token gives one person's answer to another.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any

from ministack.services import apigateway_v1 as gateway

from laptop.embedded.patching import Function, patch

MOST = 10_000
_answers: OrderedDict[tuple[Any, ...], tuple[float, Any]] = OrderedDict()


@patch(gateway, "_invoke_lambda_proxy_v1")
async def from_the_cache(
    original: Function,
    integration: Any,
    api_id: str,
    stage_name: str,
    stage: Any,
    resource: Any,
    request_path: str,
    method: str,
    headers: Any,
    body: Any,
    query_params: Any,
    path_params: Any,
    **options: Any,
) -> Any:
    asked = (headers, body, query_params, path_params)
    request = (integration, api_id, stage_name, stage, resource, request_path, method, *asked)
    seconds = _seconds(stage, resource["path"], method)
    if not seconds:
        return await original(*request, **options)
    places = {"header": _lower(headers), "querystring": query_params or {}, "path": path_params or {}}
    named = [_value(places, parameter) for parameter in integration.get("cacheKeyParameters") or []]
    key = (api_id, stage_name, method, resource["path"], *named)
    expires, answer = _answers.get(key, (0.0, None))
    if expires > time.monotonic() and "max-age=0" not in str(_lower(headers).get("cache-control", "")):
        return answer
    answer = await original(*request, **options)
    if isinstance(answer, tuple) and answer[0] == 200:
        _answers[key] = (time.monotonic() + seconds, answer)
        if len(_answers) > MOST:
            _answers.popitem(last=False)
    return answer


def _seconds(stage: Any, path: str, method: str) -> float:
    settings: dict[str, Any] = stage.get("methodSettings") or {}
    mine: dict[str, Any] = settings.get(f"{path}/{method}") or settings.get(f"{path[1:]}/{method}") or {}
    is_on = str(stage.get("cacheClusterEnabled")).lower() == "true" and mine.get("cachingEnabled")
    return float(mine.get("cacheTtlInSeconds", 300)) if is_on else 0.0


def _lower(headers: Any) -> dict[str, Any]:
    return {name.lower(): value for name, value in headers.items()}


def _value(places: dict[str, Any], parameter: str) -> str:
    """`method.request.header.Authorization` → the request's value."""
    _, _, place, name = parameter.split(".", 3)
    return str(places[place].get(name.lower() if place == "header" else name))
