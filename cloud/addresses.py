"""Where a stage's APIs and buckets answer: under a host name on AWS, under a path on the embedded cloud."""

from __future__ import annotations

import os

API_STAGE = "api"
DRAFT_STAGE = "draft"  # Chalice deploys to it, and nobody gets in: finishing then deploys to the other


def bucket(name: str, region: str) -> str:
    """Where to send a form: boto3 puts the bucket into the host name on AWS, into the path elsewhere."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
    return f"{endpoint}/{name}" if endpoint else f"https://{name}.s3.{region}.amazonaws.com/"


def data_plane(api_id: str, region: str) -> str:
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
    if endpoint:
        return f"{endpoint}/_aws/execute-api/{api_id}/{API_STAGE}"
    return f"https://{api_id}.execute-api.{region}.amazonaws.com/{API_STAGE}"


def edge(domain: str) -> tuple[str, dict[str, str]]:
    """Where a distribution answers, and the headers to send: the embedded cloud tells distributions by the host."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
    if endpoint:
        return endpoint, {"Host": f"{domain.partition('.')[0]}.cloudfront.localhost", "X-Forwarded-Proto": "https"}
    return f"https://{domain}", {}
