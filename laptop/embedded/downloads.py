"""The URL of a function's code or of a layer is signed and valid for ten minutes, as on AWS."""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from typing import Any
from urllib.parse import urlsplit

from ministack.services import lambda_svc

from laptop.embedded.patching import Function, patch

PATHS = ("/_ministack/lambda-code/", "/_ministack/lambda-layers/")
LIFETIME = 600


@patch(lambda_svc, "_presigned_code_url")
def of_a_function(original: Function, *of: Any) -> str:
    return _signed(original(*of))


@patch(lambda_svc, "_layer_content_url")
def of_a_layer(original: Function, *of: Any) -> str:
    return _signed(original(*of))


@patch(lambda_svc, "_get_layer_version")
def with_a_url_of_now(original: Function, name: str, version: int) -> Any:
    """ministack would repeat the one from when the layer was made."""
    for one in (lambda_svc._layers.get(name) or {"versions": []})["versions"]:
        if one["Version"] == version:
            one["Content"]["Location"] = lambda_svc._layer_content_url(name, version)
    return original(name, version)


def _signed(url: str) -> str:
    bare = urlsplit(url)
    until = int(time.time()) + LIFETIME
    return f"{bare.scheme}://{bare.netloc}{bare.path}?Expires={until}&Signature={_signature(bare.path, str(until))}"


def is_good(path: str, query: dict[str, list[str]]) -> bool:
    """Whether this is such a URL, unchanged and not expired."""
    (until, *_), (signature, *_) = query.get("Expires", [""]), query.get("Signature", [""])
    is_ours = path.startswith(PATHS) and hmac.compare_digest(signature.encode(), _signature(path, until).encode())
    return is_ours and time.time() < int(until)


def _signature(path: str, until: str) -> str:
    return hmac.digest(os.environ["AWS_SECRET_ACCESS_KEY"].encode(), f"{path} {until}".encode(), hashlib.sha256).hex()
