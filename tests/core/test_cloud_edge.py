"""What the edge answers at addresses that no file has."""

from __future__ import annotations

import pytest
import requests

from cloud import features
from tests.support.cloud import problem
from tests.support.stage import RunningStage, User


def ask(stage: RunningStage, path: str, method: str = "GET", **options: object) -> requests.Response:
    return requests.request(method, stage.address + path, allow_redirects=False, timeout=40, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", [*features.pages(), "files/holidays/2026"])
def test_a_page_without_its_sign_leads_to_the_page(stage: RunningStage, address: str) -> None:
    answer = ask(stage, f"/{address}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/#/{address}")


@pytest.mark.parametrize("path", ["/nowhere", "/albumsx", "/read", "/nowhere/albums"])
def test_where_there_is_no_page_it_says_so(stage: RunningStage, path: str) -> None:
    answer = ask(stage, path)
    assert answer.status_code == 404 and answer.headers["Content-Type"].startswith("text/html")
    assert "Page not found" in answer.text and path not in answer.text


def test_the_description_of_the_api_is_where_it_is_looked_for(stage: RunningStage) -> None:
    there = ask(stage, "/openapi.json").headers["Location"]
    assert "/albums" in ask(stage, there).json()["paths"]


def test_the_api_says_where_it_is_to_who_asks_for_more_than_is_public(stage: RunningStage, bruno: User) -> None:
    token = {"Authorization": bruno.token}
    refusals = [ask(stage, path) for path in ("/api", "/api/")]
    refusals += [ask(stage, "/api/me", headers=token), ask(stage, "/api/todos", "POST", json={}, headers=token)]
    for refused in refusals:
        assert "/config.json" in problem(refused, 403)["detail"]
    assert ask(stage, "/api/posts").status_code == 200
