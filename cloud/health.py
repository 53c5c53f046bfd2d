"""Whether a deployed stage answers: its API, the same at the edge, and its pages."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

from cloud import addresses, functions
from cloud.errors import CloudError

# For roles and the edge to spread.
_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 16.0)


class SickError(CloudError):
    """What was deployed doesn't answer as it should."""


def check(outputs: dict[str, str], sleep: Callable[[float], None] = time.sleep) -> None:
    for address, headers in _places(outputs):
        for pause in (*_PAUSES, None):
            wrong = _wrong(address, headers)
            if not wrong:
                break
            if pause is None:
                raise SickError(f"{address} {wrong}.")
            sleep(pause)


def _places(outputs: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    api = functions.deployed(outputs["Stage"])["rest_api"]["rest_api_id"]
    edge, headers = addresses.edge(outputs["DistributionDomain"])
    yield f"{addresses.data_plane(api, outputs['Region'])}/health", {}
    yield f"{edge}/api/health", headers
    yield f"{edge}/", headers


def _wrong(address: str, headers: dict[str, str]) -> str:
    """What is wrong with its answer, if anything is."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as answer:
            content = answer.read()
    except urllib.error.HTTPError as error:
        return f"answers {error.code}"
    except (OSError, http.client.HTTPException) as error:
        return f"can't be reached ({error})"
    return "" if not address.endswith("/health") or _is_ok(content) else "doesn't say that it is well"


def _is_ok(content: bytes) -> bool:
    try:
        return json.loads(content)["ok"] is True
    except (ValueError, TypeError, KeyError):
        return False
