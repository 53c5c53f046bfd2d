"""The blog on the deployed stage: cached at the edge until it changes, published on time, read in every region."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator
from typing import Any

import feedparser
import pytest
import requests

from chalicelib.core.ids import as_time
from tests.support.cloud import outputs, problem, root
from tests.support.stage import RunningStage, User, until

ELSEWHERE = "/api/blog/articles/what-a-commonplace-book-is"  # one of the demo articles, unaffected by these tests

# The event that EventBridge sends every minute.
TICK = {
    **dict.fromkeys(("version", "account", "region", "source", "detail-type", "time", "id"), ""),
    **{"detail": {}, "resources": []},
}


def at_the_edge(stage: RunningStage, path: str, **headers: str) -> requests.Response:
    return requests.get(stage.address + path, headers=headers, timeout=20)


def x_cache(answer: requests.Response) -> str:
    return answer.headers["X-Cache"].partition(" ")[0]


def written(author: User, **changes: Any) -> dict[str, Any]:
    title = f"Article {secrets.token_hex(4)}"
    body = {"title": title, "body": "Hello *you*", "tags": [secrets.token_hex(4)], "status": "published", **changes}
    answer = author.post("/blog/articles", body)
    assert answer.status_code == 201, answer.text
    article: dict[str, Any] = answer.json()
    return article


def given(article: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**{name: article[name] for name in ("title", "body", "tags", "status")}, **changes}


@pytest.fixture
def article(curator: User) -> Iterator[dict[str, Any]]:
    made = written(curator)
    yield made
    curator.delete(f"/blog/articles/{made['slug']}")


def newest_paths(stage: RunningStage) -> set[str]:
    """The paths of the latest invalidation."""
    cloudfront, distribution = root(stage, "cloudfront"), outputs(stage)["DistributionId"]
    listed = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]["Items"]
    newest = cloudfront.get_invalidation(DistributionId=distribution, Id=listed[-1]["Id"])
    return set(newest["Invalidation"]["InvalidationBatch"]["Paths"]["Items"])


def kept(stage: RunningStage, path: str) -> requests.Response:
    """The answer, once the edge has cached it: earlier invalidations may still be running."""
    answers: list[requests.Response] = []

    def asked() -> bool:
        answers.append(at_the_edge(stage, path))
        return x_cache(answers[-1]) == "Hit"

    until(asked)
    return answers[-1]


def test_the_edge_keeps_what_is_read_until_it_changes(
    stage: RunningStage, curator: User, article: dict[str, Any]
) -> None:
    slug, (tag,) = article["slug"], article["tags"]
    paths = [f"/api/blog/articles/{slug}", f"/api/blog/articles?tag={tag}", "/feed", "/sitemap.xml", f"/read/{slug}"]
    until(lambda: paths[0] in newest_paths(stage), 20)  # the invalidation of its publication is through
    for path in [*paths, ELSEWHERE]:
        answer = kept(stage, path)
        assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=300"
        again = at_the_edge(stage, path, **{"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.text, x_cache(again)) == (304, "", "Hit"), path
        assert at_the_edge(stage, path, **{"If-None-Match": '"other"'}).status_code == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    there = at_the_edge(stage, f"{paths[0]}?unknown={secrets.token_hex(4)}")
    assert x_cache(there) == "Hit", "what no route knows is no other answer"

    changed = curator.put(f"/blog/articles/{slug}", given(article, body="Good *bye*"), 1)
    assert changed.status_code == 200
    until(lambda: "bye" in at_the_edge(stage, paths[0]).json()["html"])
    assert {path for path in paths if path in newest_paths(stage)} == {*paths} - {paths[1]}
    assert newest_paths(stage) == {
        *(f"/api/blog/{path}" for path in ("articles", "articles?*", "feed", "sitemap.xml")),
        *("/feed", "/sitemap.xml", f"/read/{slug}", f"/api/blog/read/{slug}", f"/api/blog/articles/{slug}"),
    }
    assert "<em>bye</em>" in at_the_edge(stage, f"/read/{slug}").text
    assert "bye" in at_the_edge(stage, "/feed").text
    assert at_the_edge(stage, paths[1]).json()["items"][0]["summary"] == "Good bye"
    assert x_cache(at_the_edge(stage, ELSEWHERE)) == "Hit", "nothing else is forgotten"

    assert curator.delete(f"/blog/articles/{slug}", 2).status_code == 204
    until(lambda: at_the_edge(stage, paths[0]).status_code == 404)
    assert slug not in at_the_edge(stage, "/sitemap.xml").text
    assert at_the_edge(stage, f"/read/{slug}").status_code == 404


def test_a_neighbour_tells_of_its_neighbour(stage: RunningStage, curator: User, article: dict[str, Any]) -> None:
    path = f"/api/blog/articles/{article['slug']}"
    kept(stage, path)
    later = written(curator)
    until(lambda: at_the_edge(stage, path).json()["next"])
    assert at_the_edge(stage, path).json()["next"]["slug"] == later["slug"]
    curator.delete(f"/blog/articles/{later['slug']}")
    until(lambda: at_the_edge(stage, path).json()["next"] is None)


def test_no_token_comes_by_the_edge(stage: RunningStage, curator: User) -> None:
    draft = written(curator, status="draft")
    by_the_edge, by_the_api = (403, "FunctionGeneratedResponse"), (401, "Miss")
    drafts = "/api/blog/drafts"
    for path, refusal in (("/api/me", by_the_edge), (drafts, by_the_api), (f"{drafts}/{draft['slug']}", by_the_api)):
        for _ in range(2):
            answer = at_the_edge(stage, path, Authorization=curator.token)
            assert (answer.status_code, x_cache(answer)) == refusal
    for path in (f"/api/blog/articles/{draft['slug']}", f"/read/{draft['slug']}"):
        assert at_the_edge(stage, path, Authorization=curator.token).status_code == 404
    assert at_the_edge(stage, "/api/health").json()["ok"] is True
    assert x_cache(at_the_edge(stage, "/api/posts?limit=1")) == "Miss"
    curator.delete(f"/blog/articles/{draft['slug']}")


def test_a_draft_is_for_authors(stage: RunningStage, curator: User, bruno: User) -> None:
    draft = written(curator, status="draft", body="")
    slug = draft["slug"]
    assert curator.get(f"/blog/drafts/{slug}").json() == draft
    assert slug in [one["slug"] for one in curator.get("/blog/drafts", params={"limit": 100}).json()["items"]]
    problem(bruno.get(f"/blog/articles/{slug}"), 404)
    problem(bruno.get(f"/blog/drafts/{slug}"), 403)
    problem(bruno.post(f"/blog/articles/{slug}/comments", {"text": "x", "clientId": "c"}), 404)
    assert slug not in stage.call("GET", "/blog/articles?limit=100").text
    curator.delete(f"/blog/articles/{slug}")


def test_what_waits_appears_at_its_time(stage: RunningStage, curator: User) -> None:
    """A check runs every minute; how often doesn't matter."""
    rules = root(stage, "events").list_rules(NamePrefix=f"commonplace-{stage.name}-publish_articles")["Rules"]
    assert [(rule["ScheduleExpression"], rule["State"]) for rule in rules] == [("rate(1 minute)", "ENABLED")]
    targets = root(stage, "events").list_targets_by_rule(Rule=rules[0]["Name"])["Targets"]
    assert [target["Arn"].rpartition(":")[2] for target in targets] == [f"commonplace-{stage.name}-publish_articles"]
    soon = written(curator, publishAt=as_time(time.time() + 3))
    late = written(curator, publishAt=as_time(time.time() + 3600))
    path = f"/api/blog/articles/{soon['slug']}"
    assert soon["publishedAt"] is None and at_the_edge(stage, path).status_code == 404

    def tick() -> bool:
        function = f"commonplace-{stage.name}-publish_articles"
        answer = root(stage, "lambda").invoke(FunctionName=function, Payload=json.dumps(TICK))
        assert "FunctionError" not in answer, answer["Payload"].read()
        return at_the_edge(stage, path).status_code == 200

    until(tick)
    there = at_the_edge(stage, path).json()
    assert (there["publishedAt"], there["version"]) == (soon["publishAt"], 2)
    assert at_the_edge(stage, f"/api/blog/articles/{late['slug']}").status_code == 404
    for one in (soon, late):
        curator.delete(f"/blog/articles/{one['slug']}")


def test_the_documents(stage: RunningStage, article: dict[str, Any]) -> None:
    until(lambda: article["slug"] in at_the_edge(stage, "/feed").text)
    feed = feedparser.parse(at_the_edge(stage, "/feed").content)
    assert not feed.bozo and feed.version == "atom10"
    entry = next(one for one in feed.entries if one.title == article["title"])
    page = requests.get(entry.link, timeout=20)
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
    assert "<p>Hello <em>you</em></p>" in page.text and "<script" not in page.text
    assert f'<meta property="og:title" content="{article["title"]}">' in page.text
    robots = at_the_edge(stage, "/robots.txt").text
    (sitemap,) = re.findall("^Sitemap: (.*)$", robots, re.MULTILINE)
    assert entry.link in re.findall("<loc>(.*?)</loc>", requests.get(sitemap, timeout=20).text)


def test_what_was_said_goes_with_the_article(stage: RunningStage, curator: User, bruno: User) -> None:
    article = written(curator)
    place = f"/blog/articles/{article['slug']}/comments"
    for number in range(3):
        assert bruno.post(place, {"text": f"No {number}", "clientId": f"c{number}"}).status_code == 201
    curator.delete(f"/blog/articles/{article['slug']}")
    database, table = root(stage, "dynamodb"), outputs(stage)["CommentsTable"]
    values = {":article": {"S": article["id"]}}
    until(
        lambda: (
            not database.query(
                TableName=table, KeyConditionExpression="article = :article", ExpressionAttributeValues=values
            )["Items"]
        )
    )


def test_who_leaves_takes_along_what_he_wrote(stage: RunningStage, article: dict[str, Any]) -> None:
    leaver = stage.sign_up(name="A Leaver")
    pool = stage.config["userPoolId"]
    root(stage, "cognito-idp").admin_add_user_to_group(UserPoolId=pool, Username=leaver.email, GroupName="authors")
    leaver = stage.sign_in(leaver.email, leaver.password)
    assert leaver.get("/me").status_code == 200
    own = written(leaver)
    place = f"/blog/articles/{article['slug']}/comments"
    assert leaver.post(place, {"text": "Mine", "clientId": "c"}).json()["author"]["name"] == "A Leaver"
    assert leaver.delete("/me").status_code == 204
    until(lambda: stage.call("GET", f"/blog/articles/{own['slug']}").status_code == 404)
    until(lambda: stage.call("GET", place).json()["items"] == [])


@pytest.mark.parametrize(
    "path",
    ["/blog/articles?tag=" + "x" * 201, "/blog/articles?limit=0", "/blog/articles?after=x", "/blog/drafts?after=%00"],
)
def test_parameters_that_are_none(curator: User, path: str) -> None:
    problem(curator.get(path), 400)


@pytest.mark.parametrize("slug", ["%00", "a%2Fb", "..%2Farticles", "%E5%B1%B1", "A", "a" * 3000, "tag%23cats", "-"])
def test_addresses_that_nothing_has(curator: User, slug: str) -> None:
    for path in (f"/blog/articles/{slug}", f"/blog/drafts/{slug}", f"/blog/articles/{slug}/comments"):
        problem(curator.get(path), 404)
    problem(curator.get(f"/blog/read/{slug}"), 404)
    problem(curator.put(f"/blog/articles/{slug}", {"title": "x", "body": "x", "status": "draft"}, 1), 404)
    problem(curator.delete(f"/blog/articles/{slug}"), 404)
