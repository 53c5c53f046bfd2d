"""Whether a deployed stage answers: its API, the same at the edge, and its pages."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial

from cloud import addresses, api_stage, functions
from cloud.errors import CloudError

_ROUTE = "/health"
# For roles and the edge to spread.
_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 16.0)


class SickError(CloudError):
    """What was deployed doesn't answer as it should."""


def try_out(outputs: dict[str, str], sleep: Callable[[float], None] = time.sleep) -> None:
    """What no stage serves yet, as the console's "Test" does it."""
    gateway, api = api_stage.client(), functions.deployed(outputs["Stage"])["rest_api"]["rest_api_id"]
    pages = gateway.get_paginator("get_resources").paginate(restApiId=api, limit=500)
    [resource] = [one["id"] for page in pages for one in page["items"] if one["path"] == _ROUTE]

    def look() -> str:
        answer = gateway.test_invoke_method(restApiId=api, resourceId=resource, httpMethod="GET")
        return _said(answer["status"], answer["body"].encode())

    _patiently("The API", look, sleep)


def check(outputs: dict[str, str], sleep: Callable[[float], None] = time.sleep) -> None:
    """What people use."""
    for address, headers in _places(outputs):
        _patiently(address, partial(_asked, address, headers), sleep)


def _patiently(what: str, look: Callable[[], str], sleep: Callable[[float], None]) -> None:
    for pause in (*_PAUSES, None):
        wrong = look()
        if not wrong:
            return
        if pause is None:
            raise SickError(f"{what} {wrong}.")
        sleep(pause)


def _places(outputs: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    api = functions.deployed(outputs["Stage"])["rest_api"]["rest_api_id"]
    edge, headers = addresses.edge(outputs["DistributionDomain"])
    yield f"{addresses.data_plane(api, outputs['Region'])}{_ROUTE}", {}
    yield f"{edge}/api{_ROUTE}", headers
    yield f"{edge}/", headers


def _asked(address: str, headers: dict[str, str]) -> str:
    """What is wrong with its answer, if anything is."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as answer:
            content = answer.read()
    except urllib.error.HTTPError as error:
        return _said(error.code, b"")
    except (OSError, http.client.HTTPException) as error:
        return f"can't be reached ({error})"
    return _said(200, content) if address.endswith(_ROUTE) else ""


def _said(status: int, content: bytes) -> str:
    if status != 200:
        return f"answers {status}"
    try:
        return "" if json.loads(content)["ok"] is True else "is not well"
    except (ValueError, TypeError, KeyError):
        return "says nothing about its health"
