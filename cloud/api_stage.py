"""The stage of the REST API that people use: its deployment and its methods' settings."""

from __future__ import annotations

from typing import Any

from cloud import addresses, clients


def client() -> Any:
    return clients.patient("apigateway")


def described(gateway: Any, api_id: str, name: str = addresses.API_STAGE) -> dict[str, Any]:
    every: list[dict[str, Any]] = gateway.get_stages(restApiId=api_id)["item"]
    return next((stage for stage in every if stage["stageName"] == name), {})


def put(gateway: Any, api_id: str, wanted: dict[str, str]) -> None:
    if wanted:
        patches = [{"op": "replace", "path": path, "value": value} for path, value in wanted.items()]
        gateway.update_stage(restApiId=api_id, stageName=addresses.API_STAGE, patchOperations=patches)


def settings(stage: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """By path and method."""
    return {plain(name): one for name, one in stage.get("methodSettings", {}).items()}


def setting(path: str, method: str) -> str:
    """Where a stage keeps the settings of a method."""
    return f"/{path.replace('~', '~0').replace('/', '~1')}/{method}"


def plain(name: str) -> tuple[str, str]:
    """A method as a stage names it, with or without the leading slash."""
    path, _, method = name.rpartition("/")
    path = path.replace("~1", "/").replace("~0", "~")
    return (path if path == "*" else f"/{path.lstrip('/')}"), method
