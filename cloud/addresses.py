"""Where the APIs and buckets of a stage answer: AWS has a name for each, the embedded cloud a path."""

from __future__ import annotations

import os

API_STAGE = "api"


def bucket(name: str, region: str) -> str:
    """Where a form is sent to; boto3 addresses a bucket by its own name on AWS, by a path elsewhere."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
    return f"{endpoint}/{name}" if endpoint else f"https://{name}.s3.{region}.amazonaws.com/"


def data_plane(api_id: str, region: str) -> str:
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
    if endpoint:
        return f"{endpoint}/_aws/execute-api/{api_id}/{API_STAGE}"
    return f"https://{api_id}.execute-api.{region}.amazonaws.com/{API_STAGE}"
