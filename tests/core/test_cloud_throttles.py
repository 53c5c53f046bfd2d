"""The gateway's throttles: set for each route that is open to anyone, and refused like anything else."""

from __future__ import annotations

from typing import Any

import pytest

import app  # noqa: F401  registers the operations
from chalicelib.core.bounds import OF_A_ROUTE, Rate
from chalicelib.core.routes import Operation, operations
from tests.support.cloud import let_through, problem, rates, root
from tests.support.stage import RunningStage, until

CONFIRM = "/blog/subscribers/confirm"
BAD = {"json": {"token": "x.y"}}


@pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.name)
def test_what_is_open_to_anyone_has_a_number_of_its_own(stage: RunningStage, operation: Operation) -> None:
    set = rates(stage)
    assert set["/*/*"] == OF_A_ROUTE, "for all that have none"
    mine = set.get(f"{operation.path}/{operation.method}", set["/*/*"])
    assert mine == operation.rate and (mine < OF_A_ROUTE) == (operation.who.is_open)


def test_the_sockets_have_one(stage: RunningStage) -> None:
    gateway = root(stage, "apigatewayv2")
    [api] = [one for one in gateway.get_apis()["Items"] if stage.config["socket"].rsplit("/", 2)[1] == one["ApiId"]]
    settings = gateway.get_stage(ApiId=api["ApiId"], StageName="api")["DefaultRouteSettings"]
    assert Rate(settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == OF_A_ROUTE


def test_beyond_it_a_browser_reads_why_and_the_other_routes_go_on(stage: RunningStage) -> None:
    def answer() -> Any:
        return stage.call("POST", CONFIRM, **BAD)

    with let_through(stage, CONFIRM, "POST", Rate(0, 2)):
        for _ in range(2):
            problem(answer(), 404)
        refused = answer()
        assert problem(refused, 429)["detail"] == "Too many requests: try again in a moment."
        assert refused.headers["Retry-After"] == "1"
        assert refused.headers["Access-Control-Expose-Headers"] == "Retry-After"
        assert stage.call("GET", "/health").status_code == 200
        assert stage.call("GET", "/blog/articles").status_code == 200
        problem(stage.call("POST", "/blog/subscribers/unsubscribe", **BAD), 404)
    until(lambda: answer().status_code == 404)
