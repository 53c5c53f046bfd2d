"""Hosted by Amplify, the pages are under the same policy as at the distribution, but for where AWS answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from tests.template import template

PROJECT = Path(__file__).resolve().parents[2]
ADDRESSES = ("connect-src", "img-src", "media-src")


def read(name: str) -> Any:
    return yaml.safe_load((PROJECT / name).read_text("utf-8"))


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in policy.split(";"))}


def test_the_same_headers() -> None:
    (every,) = read("customHttp.yml")["customHeaders"]
    sent = {header["key"]: header["value"] for header in every["headers"]}
    config = template()["Resources"]["SiteHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    ours = directives(config["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Sub"][0])
    theirs = directives(sent.pop("Content-Security-Policy"))
    assert theirs.keys() == ours.keys()
    assert {name: value for name, value in theirs.items() if name not in ADDRESSES} == {
        name: value for name, value in ours.items() if name not in ADDRESSES
    }
    for name in ADDRESSES:
        elsewhere = [source for source in theirs[name] if source not in ours[name]]
        assert all(source.startswith(("https://*.", "wss://*.")) for source in elsewhere), elsewhere
    assert every["pattern"] == "**" and sent == {
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
    assert any("$STAGE_ADDRESS/config.json" in command for command in frontend["phases"]["build"]["commands"])
