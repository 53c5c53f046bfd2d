"""Powertools' REST resolver with one boto3 client."""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from benchmarks.contenders import query

app = APIGatewayRestResolver()


@app.get("/albums")
def list_albums() -> dict[str, Any]:
    return query.albums()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)
