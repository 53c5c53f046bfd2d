"""FastAPI behind Mangum with one boto3 client."""

from typing import Any

from fastapi import FastAPI
from mangum import Mangum

from benchmarks.contenders import query

app = FastAPI()


@app.get("/albums")
def list_albums() -> dict[str, Any]:
    return query.albums()


handler = Mangum(app, lifespan="off")
