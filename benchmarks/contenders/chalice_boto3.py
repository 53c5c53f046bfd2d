"""Bare Chalice with one boto3 client: one route, no checks, no log."""

from typing import Any

from chalice.app import Chalice

from benchmarks.contenders import query

handler = Chalice(app_name="albums")


@handler.route("/albums")
def list_albums() -> dict[str, Any]:
    return query.albums()
