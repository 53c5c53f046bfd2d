"""Routes about the application itself."""

from typing import Any

from chalicelib.core import settings
from chalicelib.core.routes import Asked, Routes, operations
from chalicelib.core.who import ANYONE

routes = Routes()


@routes.get("/health", who=ANYONE, gives={200: "core/health"})
def get_health(asked: Asked) -> dict[str, object]:
    """Check that the application answers, without touching the database."""
    return {"ok": True, "version": settings.VERSION}


@routes.get("/openapi.json", who=ANYONE, gives={200: "core/openapi"})
def get_openapi(asked: Asked) -> dict[str, Any]:
    """Get this API's OpenAPI 3.1 document."""
    from chalicelib.core.openapi import document  # imported only when needed

    return document(operations)
