"""The addresses in the pages' policy, at the distribution, on a laptop and on Amplify: only the stage's."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from cloud import amplify, functions, site
from tests.support.template import template

PROJECT = Path(__file__).resolve().parents[2]
ADDRESSES = ("connect-src", "img-src", "media-src")
OUTPUTS = {
    "Stage": "prod",
    "Region": "eu-west-1",
    "SiteAddress": "https://d111.cloudfront.net",
    "UserPoolId": "pool",
    "UserPoolClientId": "client",
    "IdentityPoolId": "identities",
    "FilesBucket": "commonplace-prod-files-123456789012",
    "SpeechBucket": "commonplace-prod-speech-123456789012",
    "UploadsBucket": "commonplace-prod-uploads-123456789012",
    "HostedSignIn": "https://commonplace-prod-123456789012.auth.eu-west-1.amazoncognito.com",
}


def read(name: str) -> Any:
    return yaml.safe_load((PROJECT / name).read_text("utf-8"))


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in policy.split(";"))}


def template_policy(**parameters: str) -> str:
    """As CloudFormation fills it in, with defaults."""
    config = template()["Resources"]["SiteHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    policy: str = config["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Sub"]
    for name in ("ConnectSources", "ImageSources", "MediaSources"):
        policy = policy.replace(f"${{{name}}}", parameters.get(name, template()["Parameters"][name]["Default"]))
    return policy


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Chalice's records of a stage."""
    monkeypatch.setattr(functions, "CHALICE", tmp_path)
    apis = [
        {"name": "rest_api", "rest_api_id": "restapi123"},
        {"name": "websocket_api", "websocket_api_id": "sockets123"},
    ]
    (tmp_path / "deployed").mkdir()
    (tmp_path / "deployed" / "prod.json").write_text(json.dumps({"resources": apis}))


def test_on_aws_the_policy_names_what_is_this_stages(deployed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    s3 = "https://s3.eu-west-1.amazonaws.com/commonplace-prod"
    assert directives(template_policy(**site.policy_sources(OUTPUTS))) == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "blob:", "https://d111.cloudfront.net"],
        "font-src": ["'self'"],
        "manifest-src": ["'self'"],
        "connect-src": [
            "'self'",
            "https://d111.cloudfront.net",
            "https://restapi123.execute-api.eu-west-1.amazonaws.com/api/",
            "wss://sockets123.execute-api.eu-west-1.amazonaws.com/api",
            "https://cognito-idp.eu-west-1.amazonaws.com/",
            "https://cognito-identity.eu-west-1.amazonaws.com/",
            "https://commonplace-prod-123456789012.auth.eu-west-1.amazoncognito.com/oauth2/token",
            f"{s3}-files-123456789012",
            f"{s3}-files-123456789012/",
            "https://commonplace-prod-uploads-123456789012.s3.eu-west-1.amazonaws.com/",
        ],
        "media-src": [f"{s3}-files-123456789012/", f"{s3}-speech-123456789012/"],
        "form-action": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }


def test_on_a_laptop_too(deployed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    found = site.policy_sources({**OUTPUTS, "SiteAddress": "http://localhost:8000"})
    cloud = "http://127.0.0.1:4566"
    assert found["ConnectSources"].split() == [
        "http://localhost:8000",
        f"{cloud}/_aws/execute-api/restapi123/api/",
        "ws://127.0.0.1:4566/_aws/execute-api/sockets123/api",
        f"{cloud}/",  # Cognito's: on a laptop all share one address
        f"{cloud}/oauth2/token",
        f"{cloud}/commonplace-prod-files-123456789012",
        f"{cloud}/commonplace-prod-files-123456789012/",
        f"{cloud}/commonplace-prod-uploads-123456789012",
    ]
    assert found["ImageSources"] == "http://localhost:8000"
    assert found["MediaSources"].split() == [
        f"{cloud}/commonplace-prod-files-123456789012/", f"{cloud}/commonplace-prod-speech-123456789012/",
    ]  # fmt: skip


def test_before_the_apis_are_there_the_pages_reach_nothing() -> None:
    found = directives(template_policy())
    assert [found[name] for name in ADDRESSES] == [["'self'"], ["'self'", "blob:"], ["'none'"]]


# On Amplify


def headers() -> dict[str, str]:
    (every,) = read("customHttp.yml")["customHeaders"]
    assert every["pattern"] == "**"
    return {header["key"]: header["value"] for header in every["headers"]}


def test_the_same_headers() -> None:
    sent = headers()
    assert directives(sent.pop("Content-Security-Policy")) == directives(template_policy())
    assert sent == {
        "Cache-Control": "no-cache",
        "Referrer-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def test_the_build_takes_the_frontend_as_it_is() -> None:
    frontend = read("amplify.yml")["frontend"]
    assert frontend["artifacts"] == {"baseDirectory": "frontend", "files": ["**/*"]}
    assert (PROJECT / frontend["artifacts"]["baseDirectory"] / "index.html").exists()
    assert frontend["phases"]["build"]["commands"] == ['python3 cloud/amplify.py "$STAGE_ADDRESS"']


CONFIG = {"api": "https://r.example.com/api", "socket": "wss://s.example.com/api"}
GOOD = template_policy(
    ConnectSources="https://d.example.com https://r.example.com/api/ wss://s.example.com/api",
    ImageSources="https://d.example.com",
    MediaSources="https://b.example.com/",
)


@contextmanager
def a_stage(policy: str | None, status: int = 200, config: str = json.dumps(CONFIG)) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/config.json" else 404)
            if policy is not None:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(config.encode())

        def log_message(self, format: str, *arguments: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("customHttp.yml", "frontend/robots.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((PROJECT / name).read_text("utf-8"), "utf-8")
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {str(path): path.read_text("utf-8") for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_build_takes_over_the_policy_of_the_stage(clone: Path) -> None:
    with a_stage(GOOD) as address:
        amplify.fill(address, clone)
        (every,) = yaml.safe_load((clone / "customHttp.yml").read_text("utf-8"))["customHeaders"]
        filled = {header["key"]: header["value"] for header in every["headers"]}
        assert filled == {**headers(), "Content-Security-Policy": GOOD}
        assert json.loads((clone / "frontend" / "config.json").read_text("utf-8")) == CONFIG
        assert (clone / "frontend" / "robots.txt").read_text("utf-8").endswith(f"\nSitemap: {address}/sitemap.xml\n")


@pytest.mark.parametrize(
    "policy",
    [
        None,
        "",
        template_policy(),
        GOOD.replace("wss://s.example.com/api", "wss://other.example.com/api"),
        GOOD.replace("https://r.example.com/api/", "https://*.example.com https://r.example.com/api/"),
        GOOD.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
        GOOD.replace("script-src 'self';", ""),
        GOOD.replace("form-action 'none'", "form-action 'self'"),
        GOOD + "; sandbox",
        GOOD.replace("https://d.example.com", 'https://d.example.com"'),
    ],
)
def test_the_build_fails_where_the_policy_is_another(clone: Path, policy: str | None) -> None:
    before = contents(clone)
    with a_stage(policy) as address, pytest.raises(amplify.BuildError):
        amplify.fill(address, clone)
    assert contents(clone) == before


def test_the_build_fails_where_there_is_no_stage(clone: Path) -> None:
    before = contents(clone)
    with a_stage(GOOD, status=503) as address, pytest.raises(amplify.BuildError, match="503"):
        amplify.fill(address, clone)
    for address in ("", "http://d111.cloudfront.net", "https://d111.cloudfront.net/", "file:///etc", "$STAGE_ADDRESS"):
        with pytest.raises(amplify.BuildError, match="STAGE_ADDRESS"):
            amplify.fill(address, clone)
    assert contents(clone) == before


def test_the_command_of_the_build_fails_like_that() -> None:
    command = [sys.executable, "-I", "-S", "cloud/amplify.py", ""]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 1 and "STAGE_ADDRESS" in done.stderr and len(done.stderr.splitlines()) == 1
