"""The edge keeps what anyone may read until it is told to forget the exact paths."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from chalicelib.core import aws

# At most 3,000 files and 15 patterns may be in progress at once; each takes about a minute at most.
_PAUSES = (2.0, 4.0, 8.0, 16.0, 32.0)


@dataclass(frozen=True)
class Edge:
    cloudfront: Any
    distribution: str
    sleep: Callable[[float], None] = time.sleep

    def forget(self, paths: Iterable[str], occasion: str) -> None:
        """Repeating this with the same paths and occasion creates no second invalidation."""
        items = sorted(set(paths))
        if not items:
            return
        reference = hashlib.sha256("\n".join([occasion, *items]).encode()).hexdigest()[:40]
        batch = {"Paths": {"Quantity": len(items), "Items": items}, "CallerReference": reference}
        asked = {"DistributionId": self.distribution, "InvalidationBatch": batch}
        aws.patiently(lambda: self.cloudfront.create_invalidation(**asked), _PAUSES, self.sleep)
