"""The edge keeps what anyone may read until it is told to forget the exact paths."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Edge:
    cloudfront: Any
    distribution: str

    def forget(self, paths: Iterable[str], occasion: str) -> None:
        """Repeating this with the same paths and occasion creates no second invalidation."""
        items = sorted(set(paths))
        if not items:
            return
        reference = hashlib.sha256("\n".join([occasion, *items]).encode()).hexdigest()[:40]
        batch = {"Paths": {"Quantity": len(items), "Items": items}, "CallerReference": reference}
        self.cloudfront.create_invalidation(DistributionId=self.distribution, InvalidationBatch=batch)
