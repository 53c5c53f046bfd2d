"""An embedded cloud of a module's own, which cuts deployments off."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from tests.cloud.cuts import Cuts
from tests.laptop.embedded_support import Bed, unique


@pytest.fixture(scope="module")
def bed() -> Iterator[Bed]:
    built = Bed()
    with built.behind_boto3():
        yield built
    built.close()


@pytest.fixture(scope="module")
def places(bed: Bed) -> dict[str, str]:
    topic = bed.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    bucket = unique("bucket")
    bed.client("s3").create_bucket(Bucket=bucket)
    return {"Topic": topic, "Bucket": bucket, "Stream": bed.streamed_table()[1], "Queue": bed.queue()[1]}


@pytest.fixture(scope="module")
def cuts(bed: Bed) -> Cuts:
    made = Cuts()
    boto3.setup_default_session()
    boto3.DEFAULT_SESSION.events.register("after-call", made)
    return made
