"""URLs that open files in S3 for a while: signed as botocore would, without loading it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from hashlib import sha256
from hmac import digest
from urllib.parse import quote, urlencode, urlsplit

from chalicelib.core.signed import Service, credentials_of, endpoint_of, region_of, signing_key

S3 = Service("s3", "S3", "", "")


def presigned_get(
    bucket: str,
    key: str,
    seconds: int,
    *,
    now: float,
    answer: Mapping[str, str] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> str:
    """`answer` sets the response headers that S3 sends: `{"response-content-disposition": "…"}`."""
    region, credentials = region_of(environ), credentials_of(environ)
    endpoint = urlsplit(endpoint_of(S3, region, environ))
    path = f"{endpoint.path.rstrip('/')}/{bucket}/{quote(key, safe='/~')}"
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    asked = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{credentials.key}/{scope}",
        "X-Amz-Date": moment,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
        **({"X-Amz-Security-Token": credentials.token} if credentials.token else {}),
        **(answer or {}),
    }
    query = urlencode(sorted(asked.items()), quote_via=quote, safe="~")
    request = f"GET\n{path}\n{query}\nhost:{endpoint.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    secret = signing_key(credentials.secret, moment[:8], region, "s3")
    signature = digest(secret, text.encode(), "sha256").hex()
    return f"{endpoint.scheme}://{endpoint.netloc}{path}?{query}&X-Amz-Signature={signature}"
