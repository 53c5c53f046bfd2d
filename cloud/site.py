"""The frontend in its bucket, with a `config.json` that tells clients everything they need about the stage."""

from __future__ import annotations

import hashlib
import io
import json
import mimetypes
import os
import re
import time
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from chalicelib.core.edge import Edge
from cloud import addresses, clients, functions
from cloud.linking import ASSETS, linked

FRONTEND = functions.PROJECT / "frontend"
_ASSETS = re.compile(rf"{ASSETS}\w+/")
_TYPES = {
    ".js": "text/javascript",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_TEXT = ("text/", "application/json", "application/manifest+json", "image/svg+xml")


def client_config(outputs: dict[str, str], demo: list[dict[str, str]] | None = None) -> dict[str, Any]:
    region = outputs["Region"]
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
    notes = functions.deployed(outputs["Stage"])
    socket = addresses.data_plane(notes["websocket_api"]["websocket_api_id"], region)
    aws = "amazonaws.com"
    config = {
        "api": addresses.data_plane(notes["rest_api"]["rest_api_id"], region),
        "edge": f"{outputs['SiteAddress']}/api",
        "socket": socket.replace("http", "ws", 1),
        "region": region,
        "userPoolId": outputs["UserPoolId"],
        "userPoolClientId": outputs["UserPoolClientId"],
        "identityPoolId": outputs["IdentityPoolId"],
        "filesBucket": outputs["FilesBucket"],
        "cognitoEndpoint": endpoint or f"https://cognito-idp.{region}.{aws}",
        "identityEndpoint": endpoint or f"https://cognito-identity.{region}.{aws}",
        "s3Endpoint": endpoint or f"https://s3.{region}.{aws}",
        "hostedUi": endpoint or outputs["HostedSignIn"],
    }
    return {**config, "demo": demo} if demo else config


def policy_sources(outputs: dict[str, str]) -> dict[str, str]:
    """What this stage's pages load from elsewhere, by template parameter."""
    config, site = client_config(outputs), outputs["SiteAddress"]
    files, speech = (f"{config['s3Endpoint']}/{outputs[bucket]}" for bucket in ("FilesBucket", "SpeechBucket"))
    asked = [
        site,
        f"{config['api']}/",
        config["socket"],
        f"{config['cognitoEndpoint']}/",
        f"{config['identityEndpoint']}/",
        f"{config['hostedUi']}/oauth2/token",
        files,  # the list of files
        f"{files}/",
        addresses.bucket(outputs["UploadsBucket"], outputs["Region"]),
    ]
    played = f"{files}/ {speech}/"
    return {"ConnectSources": " ".join(dict.fromkeys(asked)), "ImageSources": site, "MediaSources": played}


class Site:
    """Uploads what changed and deletes what is gone. Who has a page open goes on with the files of the time before."""

    def __init__(self, outputs: dict[str, str]) -> None:
        self._bucket = outputs["SiteBucket"]
        self._distribution = outputs["DistributionId"]
        self._address = outputs["SiteAddress"]
        self._s3 = clients.of("s3")
        self._stamps: dict[str, tuple[int, int]] = {}
        self._published: dict[str, bytes] = {}

    def put_config(self, config: dict[str, Any]) -> None:
        config = {**self._demo(), **config}
        self._put("config.json", json.dumps(config, indent=2).encode(), "application/json")

    def publish(self) -> list[str]:
        """The changed keys: the whole folder at first, then what was saved since."""
        stamps = dict(_files(FRONTEND))
        if stamps == self._stamps:
            return []
        files = linked(FRONTEND)
        changed = [key for key, content in files.items() if self._published.get(key) != content]
        gone = self._gone(files)
        self._replace({key: self._content(key, files[key]) for key in changed}, gone)
        self._stamps, self._published = stamps, files
        return changed + gone

    def packed(self) -> bytes:
        """All that it has published, as a zip; the same files give the same zip."""
        files = self._published
        config = self._s3.get_object(Bucket=self._bucket, Key="config.json")["Body"].read()
        content = {"config.json": config, **{key: self._content(key, files[key]) for key in files}}
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            for key in content:  # the page that names the others is the last
                packed.writestr(zipfile.ZipInfo(key), content[key], zipfile.ZIP_DEFLATED)
        return archive.getvalue()

    def put_back(self, packed: bytes) -> list[str]:
        """The changed keys."""
        with zipfile.ZipFile(io.BytesIO(packed)) as files:
            content = {key: files.read(key) for key in files.namelist()}
        there, gone = self._tags(), self._gone(content)
        changed = [key for key in content if there.get(key) != _md5(content[key])]
        self._replace({key: content[key] for key in changed}, gone)
        return changed + gone

    def differences(self) -> tuple[list[str], list[str], list[str]]:
        """The keys that publishing would add, change and delete. S3 tags what it keeps with its MD5."""
        ours = {key: self._content(key, content) for key, content in linked(FRONTEND).items()}
        theirs = self._tags()
        other = {key for key in ours.keys() & theirs.keys() if _md5(ours[key]) != theirs[key]}
        return sorted(ours.keys() - theirs.keys()), sorted(other), self._gone(ours)

    def invalidate(self) -> None:
        """Make the edge forget its copies of the pages."""
        Edge(clients.of("cloudfront"), self._distribution).forget(["/*"], str(time.time_ns()))

    def _content(self, key: str, content: bytes) -> bytes:
        """As it is, except that search engines need the sitemap's absolute URL."""
        return content + f"\nSitemap: {self._address}/sitemap.xml\n".encode() if key == "robots.txt" else content

    def _demo(self) -> dict[str, Any]:
        """Demo people stay listed when a laptop's stage is deployed again."""
        try:
            there = json.load(self._s3.get_object(Bucket=self._bucket, Key="config.json")["Body"])
        except self._s3.exceptions.NoSuchKey:
            return {}
        return {"demo": there["demo"]} if "demo" in there else {}

    def _replace(self, files: dict[str, bytes], gone: list[str]) -> None:
        """In their order: the page that names the others is the last."""
        for key, content in files.items():
            self._put(key, content, _kind(key))
        for key in gone:
            self._s3.delete_object(Bucket=self._bucket, Key=key)

    def _gone(self, files: Collection[str]) -> list[str]:
        open_pages = self._open_pages()
        return [key for key in self._tags() if key not in {*files, "config.json"} and not key.startswith(open_pages)]

    def _tags(self) -> dict[str, str]:
        """By key; S3's tag of a file is the MD5 hash of what is in it."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        return {one["Key"]: one["ETag"].strip('"') for page in pages for one in page.get("Contents", [])}

    def _open_pages(self) -> str:
        """The folder that the page names which is there until now."""
        try:
            page = self._s3.get_object(Bucket=self._bucket, Key="index.html")["Body"].read().decode()
        except self._s3.exceptions.NoSuchKey:
            return ASSETS
        return found[0] if (found := _ASSETS.search(page)) else ASSETS

    def _put(self, key: str, content: bytes, kind: str) -> None:
        kind = f"{kind}; charset=utf-8" if kind.startswith(_TEXT) else kind
        kept = "public, max-age=31536000, immutable" if key.startswith(ASSETS) else "no-cache"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=kind, CacheControl=kept)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _kind(key: str) -> str:
    return _TYPES.get(Path(key).suffix) or mimetypes.guess_type(key)[0] or "application/octet-stream"


def _files(folder: Path, prefix: str = "") -> Iterator[tuple[str, tuple[int, int]]]:
    """Each key with its time and size; a laptop asks before each answer, so this must be fast."""
    for entry in os.scandir(folder):
        if entry.is_dir():
            yield from _files(Path(entry.path), f"{prefix}{entry.name}/")
        else:
            stat = entry.stat()
            yield f"{prefix}{entry.name}", (stat.st_mtime_ns, stat.st_size)
