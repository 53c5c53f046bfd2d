"""S3: pages can read its refusals, and lists of uploads encode keys that XML can't carry."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote_plus
from xml.sax.saxutils import unescape

from ministack import app as ministack
from ministack.services import s3

from laptop.embedded.patching import Function, patch


@patch(ministack, "_dispatch_service_request")
async def readable_refusals(original: Function, method: str, path: str, headers: dict[str, str], *request: Any) -> Any:
    return readable(await original(method, path, headers, *request), method, path, headers)


def readable(answer: Any, method: str, path: str, headers: dict[str, str]) -> Any:
    """A bucket's refusal, with that bucket's CORS headers."""
    status, answered, body = answer
    target = ministack._s3_cors_target(headers.get("host", ""), path) if status >= 400 else None
    allowed = s3.cors_response_headers(target[0], method, headers) if target else {}
    return status, {**answered, **allowed}, body


_KEYS = re.compile("<(Delimiter|Key|KeyMarker|NextKeyMarker|Prefix)>(.*?)</", re.DOTALL)


@patch(s3, "_list_multipart_uploads")
def encoded_uploads(original: Function, bucket: str, query: dict[str, Any]) -> Any:
    return _with_encoded_keys(original(bucket, query), query)


@patch(s3, "_list_object_versions")
def encoded_versions(original: Function, bucket: str, query: dict[str, Any]) -> Any:
    return _with_encoded_keys(original(bucket, query), query)


def _with_encoded_keys(answer: Any, query: dict[str, Any]) -> Any:
    """As lists of objects already do."""
    status, headers, body = answer
    if status != 200 or s3._qp(query, "encoding-type", "") != "url":
        return answer
    text = _KEYS.sub(lambda found: f"<{found[1]}>{quote_plus(unescape(found[2]), safe='/')}</", body.decode())
    return status, headers, re.sub("<(Bucket|Name)>", r"<EncodingType>url</EncodingType>\g<0>", text, count=1).encode()
