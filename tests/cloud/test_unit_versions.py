"""Where a rollback leads, after deployments, rollbacks and interruptions."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from io import StringIO

import boto3
import pytest
from moto import mock_aws

from cloud import clients, deployment, functions, way_back
from cloud.errors import CloudError
from cloud.health import SickError
from cloud.steps import Steps
from cloud.versions import MOST, State, Versions
from tests.support.unit import KEYS


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Versions]:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it may have clients of another cloud
    mock = mock_aws()
    mock.start(reset=False)  # one moto serves this whole process, and others store things there
    bucket = f"t{secrets.token_hex(4)}"
    clients.of("s3", "us-east-1").create_bucket(Bucket=bucket)
    yield Versions(bucket)
    mock.stop(remove_data=False)


def deploy(versions: Versions, *pages: str) -> None:
    for page in pages:
        versions.begin()
        versions.put_content(page, page.encode)
        versions.add({"site": page, "functions": {}})


def go_back(versions: Versions, wanted: int | None = None) -> int:
    number = versions.goal(wanted)
    versions.go_on(number)
    versions.arrive()
    return number


def test_nothing_to_go_back_to(versions: Versions) -> None:
    with pytest.raises(CloudError, match="no deployment of this stage has ended well"):
        versions.goal()
    versions.begin()
    with pytest.raises(CloudError, match="no deployment of this stage has ended well"):
        versions.goal()
    deploy(versions, "one")
    with pytest.raises(CloudError, match="Nothing is kept from before version 1"):
        versions.goal()
    with pytest.raises(CloudError, match="no version 7 to go back to; kept are: 1"):
        versions[7]


def test_each_rollback_goes_one_version_further(versions: Versions) -> None:
    deploy(versions, "one", "two", "three")
    assert [go_back(versions), go_back(versions), go_back(versions, 3), go_back(versions)] == [2, 1, 3, 2]


def test_before_a_version_is_the_one_that_it_was_deployed_at(versions: Versions) -> None:
    deploy(versions, "one", "two", "three")
    go_back(versions, 1)
    deploy(versions, "four")
    assert versions.state == State(4) and versions.goal() == 1


def test_back_from_a_deployment_that_was_interrupted(versions: Versions) -> None:
    deploy(versions, "one", "two")
    versions.begin()
    assert versions.goal() == 2
    versions.begin()
    assert versions.state == State(2, 3), "the next one goes on"


def test_a_rollback_that_was_interrupted_goes_on(versions: Versions) -> None:
    deploy(versions, "one", "two")
    versions.go_on(versions.goal())
    assert versions.goal() == 1
    deploy(versions, "three")
    assert versions.goal() == 1, "that was to be left"


def test_the_last_few_are_kept_and_what_they_share_once(versions: Versions) -> None:
    pages = [f"page {number // 2}" for number in range(MOST + 3)]
    deploy(versions, *pages)
    assert versions.numbers() == [*range(4, MOST + 4)]
    listed = clients.of("s3").list_objects_v2(Bucket=versions.bucket, Prefix="versions/contents/")["Contents"]
    assert {one["Key"].rpartition("/")[2] for one in listed} == {*pages[-MOST:]}
    assert all(versions.content(versions[number]["site"]) for number in versions.numbers())


def test_the_one_before_is_kept_however_old_it_is(versions: Versions) -> None:
    deploy(versions, *map(str, range(1, MOST + 1)))
    go_back(versions, 1)
    deploy(versions, "new")
    assert versions.numbers() == [*range(1, MOST + 2)]
    assert go_back(versions) == 1 and versions.content(versions[1]["site"]) == b"1"
    go_back(versions, MOST + 1)
    deploy(versions, "newer")
    assert versions.numbers() == [*range(3, MOST + 3)]


def test_a_version_whose_network_is_gone_is_refused_at_once(
    versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rollback would break halfway. And what was wrong with the deployment is said, too."""
    notes = {"rest_api": {"rest_api_id": "r"}, "websocket_api": {"websocket_api_id": "s"}}
    monkeypatch.setattr(functions, "deployed", lambda _: notes)
    settings = {"VpcConfig": {"SubnetIds": ["subnet-1", "subnet-2"]}}
    function = {"code": "code", "layers": [], "settings": settings}
    versions.begin()
    versions.add({"site": "", "functions": {"one": function}, "api": {"id": "r"}, "sockets": {"id": "s"}})
    outputs = {"Stage": "t", "CacheSubnets": ""}
    with pytest.raises(CloudError, match="network of version 1's cache is gone"):
        way_back.put_back(Steps(StringIO()), outputs, versions, 1)
    assert versions.state == State(1)
    versions.begin()
    said = str(deployment._gone_back(Steps(StringIO()), outputs, versions, SickError("It answers 500.")))
    assert "not well: It answers 500." in said and "cache is gone" in said
