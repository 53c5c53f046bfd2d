"""The network of the cache: functions leave it before it goes, as AWS deletes nothing that one is plugged into."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cloud import clients
from cloud.errors import CloudError

_PATIENCE = 45 * 60  # AWS unplugs functions within tens of minutes
_EVERY = 15.0
_CACHE = "DAX_ENDPOINT"


def leave(
    outputs: dict[str, str], progress: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Unplug the stage's functions, which then work without the cache, and wait until AWS has done so.

    Before their roles lose the right to it, and again after an interruption.
    """
    group = outputs.get("CacheClients")
    if not group:
        return
    functions: Any = clients.of("lambda")
    for page in functions.get_paginator("list_functions").paginate():
        for one in page["Functions"]:
            if group in one.get("VpcConfig", {}).get("SecurityGroupIds", []):
                variables = {name: value for name, value in one["Environment"]["Variables"].items() if name != _CACHE}
                functions.update_function_configuration(
                    FunctionName=one["FunctionName"],
                    VpcConfig={"SubnetIds": [], "SecurityGroupIds": []},
                    Environment={"Variables": variables},
                )
    for _ in range(int(_PATIENCE / _EVERY)):
        left = _interfaces(group)
        if not left:
            return
        progress(f"AWS unplugs functions from the cache's network, which takes a while: {left} left")
        sleep(_EVERY)
    raise CloudError(
        "AWS still has functions plugged into the cache's network: repeat this in an hour, and it goes on."
    )


def _interfaces(group: str) -> int:
    asked = {"Filters": [{"Name": "group-id", "Values": [group]}]}
    pages = clients.of("ec2").get_paginator("describe_network_interfaces").paginate(**asked)
    return sum(len(page["NetworkInterfaces"]) for page in pages)
