"""CloudFront with an API Gateway origin: the request goes to this cloud's own gateway."""

from __future__ import annotations

import os
import re
from typing import Any

from ministack.services import cloudfront

from laptop.embedded.patching import Function, patch

GATEWAY = re.compile(r"(\w+)\.execute-api\.[\w-]+\.amazonaws\.com")


@patch(cloudfront, "_dataplane_origin")
def at_this_gateway(original: Function, element: Any) -> Any:
    origin = original(element)
    found = GATEWAY.fullmatch(origin["domain_name"])
    if not found:
        return origin
    return {
        **origin,
        "domain_name": "localhost",
        "http_port": int(os.environ["GATEWAY_PORT"]),
        "protocol_policy": "http-only",
        "origin_path": f"/_aws/execute-api/{found[1]}{origin['origin_path']}",
    }
