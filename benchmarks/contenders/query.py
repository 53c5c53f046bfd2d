"""Shared by the boto3 contenders: one Query, and its items as plain values."""

import os
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")


def albums() -> dict[str, Any]:
    page = dynamodb.query(
        TableName=os.environ["ALBUMS_TABLE"],
        IndexName="by-rank",
        KeyConditionExpression="#key = :key",
        ExpressionAttributeNames={"#key": "catalogue"},
        ExpressionAttributeValues={":key": {"S": "all"}},
        Limit=50,
    )
    return {"items": [_album(item) for item in page["Items"]], "next": None}


def _album(item: dict[str, dict[str, str]]) -> dict[str, str | int]:
    """By hand: `TypeDeserializer` takes several times longer."""
    return {
        "id": item["id"]["S"],
        "version": int(item["version"]["N"]),
        "rank": int(item["rank"]["N"]),
        "title": item["title"]["S"],
        "artist": item["artist"]["S"],
        "year": int(item["year"]["N"]),
        "genre": item["genre"]["S"],
        "addedBy": item["addedBy"]["S"],
        "createdAt": item["createdAt"]["S"],
        "updatedAt": item["updatedAt"]["S"],
    }
