"""CloudFront: what it reaches, and what it caches."""

from __future__ import annotations

import pytest
import requests

from tests.laptop.closed import closes
from tests.laptop.embedded_support import (
    PATIENCE,
    Bed,
    eventually,
    unique,
)


@closes("edge")
def the_edge_reaches_the_gateway(bed: Bed) -> None:
    api, _ = bed.rest_api(bed.answering)
    forwarded = {"QueryString": True, "Cookies": {"Forward": "none"}}
    _, host = _distribution(bed, api, MinTTL=0, ForwardedValues=forwarded)
    answer = requests.get(f"{bed.endpoint}/albums", headers=host, timeout=PATIENCE)
    assert (answer.status_code, answer.text) == (200, "good")


@closes("edge_cache")
def the_edge_forgets_few_patterns_at_once(bed: Bed) -> None:
    """But many files, and what was asked before is no second time."""
    api, _ = bed.rest_api(bed.answering)
    forwarded = {"QueryString": True, "Cookies": {"Forward": "none"}}
    distribution, _ = _distribution(bed, api, MinTTL=0, ForwardedValues=forwarded)
    client, once = bed.client("cloudfront"), unique("once")

    def forget(*paths: str, reference: str = "") -> None:
        batch = {"Paths": {"Quantity": len(paths), "Items": [*paths]}, "CallerReference": reference or unique("forget")}
        client.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)

    forget(*(f"/photos/{number}.jpg" for number in range(1000)))
    forget(*(f"/photos/{number}/*" for number in range(15)), reference=once)
    forget(*(f"/photos/{number}/*" for number in range(15)), reference=once)
    with pytest.raises(client.exceptions.TooManyInvalidationsInProgress):
        forget("/photos/16/*")
    forget("/photos/16/1.jpg")


@closes("edge_cache")
def the_edge_keeps_what_it_may(bed: Bed) -> None:
    """As long as the origin says; then it revalidates by the ETag, and an invalidation makes it forget."""
    told = bed.folder()
    function = bed.function(f"""
        import pathlib, uuid
        def handler(event, context):
            told = pathlib.Path({str(told)!r})
            asked = event["headers"].get("if-none-match") or event["headers"].get("If-None-Match")
            (told / uuid.uuid4().hex).write_text(asked or "")
            special = {{"/short": "s-maxage=1", "/private": "private, max-age=9"}}
            keep = special.get(event["path"], "max-age=0, s-maxage=99")
            headers = {{"ETag": '"one"', "Cache-Control": keep}}
            return {{"statusCode": 304 if asked else 200, "headers": headers, "body": "" if asked else "good"}}
    """)
    api, _ = bed.rest_api(function)
    nothing = {"HeadersConfig": {"HeaderBehavior": "none"}, "CookiesConfig": {"CookieBehavior": "none"}}
    key = {**nothing, "QueryStringsConfig": {"QueryStringBehavior": "none"}, "EnableAcceptEncodingGzip": False}
    policy = {"Name": unique("policy"), "MinTTL": 0, "DefaultTTL": 0, "MaxTTL": 999}
    made = bed.client("cloudfront").create_cache_policy(
        CachePolicyConfig={**policy, "ParametersInCacheKeyAndForwardedToOrigin": key}
    )
    distribution, host = _distribution(bed, api, CachePolicyId=made["CachePolicy"]["Id"])

    def get(path: str, **headers: str) -> tuple[int, str]:
        answer = requests.get(bed.endpoint + path, headers={**host, **headers}, timeout=PATIENCE)
        assert (answer.text, answer.headers["ETag"]) == ("good" if answer.status_code == 200 else "", '"one"')
        return answer.status_code, answer.headers["X-Cache"].partition(" ")[0]

    def forget(path: str) -> None:
        batch = {"Paths": {"Quantity": 1, "Items": [path]}, "CallerReference": unique("forget")}
        bed.client("cloudfront").create_invalidation(DistributionId=distribution, InvalidationBatch=batch)

    assert [get("/a/1"), get("/a/1"), get("/a/1", **{"If-None-Match": '"one"'})] == [
        (200, "Miss"),
        (200, "Hit"),
        (304, "Hit"),
    ]
    assert [get("/a/2"), get("/b"), get("/private"), get("/private"), get("/short")] == [(200, "Miss")] * 5
    assert get("/a/2", Range="bytes=0-1")[1] == "Miss"
    forget("/a/1")
    assert [get("/a/1"), get("/a/2")] == [(200, "Miss"), (200, "Hit")]
    forget("/a/*")
    assert [get("/a/1"), get("/a/2"), get("/b")] == [(200, "Miss"), (200, "Miss"), (200, "Hit")]
    assert eventually(lambda: get("/short")[1] == "RefreshHit")
    assert '"one"' in {path.read_text() for path in told.iterdir()}


@closes("edge_compression")
def the_edge_compresses_texts(bed: Bed) -> None:
    """What is large enough, as its reader prefers, and weakly tagged, since the bytes are others."""
    function = bed.function("""
        def handler(event, context):
            kind = {"/picture": "image/webp", "/done": "text/css"}.get(event["path"], "text/html; charset=utf-8")
            headers = {"ETag": '"one"', "Content-Type": kind, "Cache-Control": "max-age=0, s-maxage=99"}
            if event["path"] == "/done":
                headers["Content-Encoding"] = "gzip"
            return {"statusCode": 200, "headers": headers, "body": "a" * (999 if event["path"] == "/small" else 1000)}
    """)
    api, _ = bed.rest_api(function)
    optimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    _, host = _distribution(bed, api, CachePolicyId=optimized, Compress=True)
    _, plain = _distribution(bed, api, CachePolicyId=optimized, Compress=False)

    def get(path: str, accepted: str, there: dict[str, str] = host, known: str | None = None) -> requests.Response:
        given = {**there, "Accept-Encoding": accepted, "If-None-Match": known}
        return requests.get(bed.endpoint + path, headers=given, timeout=PATIENCE, stream=True)

    for accepted, used in [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0.0, GZIP", "gzip"),
        ("deflate", None),
    ]:
        answer = get("/page", accepted)
        assert answer.headers.get("Content-Encoding") == used, accepted
        assert (answer.headers.get("Vary"), answer.headers["ETag"]) == (
            ("Accept-Encoding", 'W/"one"') if used else (None, '"one"')
        )
        raw = answer.raw.read(decode_content=False)
        assert len(raw) == int(answer.headers["Content-Length"]) and (len(raw) < 100) == bool(used)
    assert get("/page", "gzip").text == "a" * 1000
    assert get("/page", "gzip", known='W/"one"').status_code == 304
    for path in ("/small", "/picture"):
        assert "Content-Encoding" not in get(path, "gzip, br").headers, path
    assert get("/done", "br").headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in get("/page", "gzip, br", plain).headers


def _distribution(bed: Bed, api: str, **caching: object) -> tuple[str, dict[str, str]]:
    """Its id, and the header that directs a request to it."""
    origin = {
        "Id": "api",
        "DomainName": f"{api}.execute-api.{bed.cloud.region}.amazonaws.com",
        "OriginPath": "/test",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    }
    behaviour = {"TargetOriginId": "api", "ViewerProtocolPolicy": "allow-all", **caching}
    config = {
        "CallerReference": unique("edge"),
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behaviour,
    }
    made = bed.client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]
    return made["Id"], {"Host": f"{made['DomainName'].split('.')[0]}.cloudfront.localhost:{bed.port}"}
