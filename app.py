"""Commonplace: one Chalice application. Each folder of `chalicelib` is a feature, and its `api.py` a blueprint."""

from typing import TYPE_CHECKING, Any

from chalice.app import Chalice, CORSConfig

from chalicelib.core import features, log, routes

app = Chalice(app_name="commonplace")
app.experimental_feature_flags.update(["WEBSOCKETS"])
app.api.cors = CORSConfig(
    allow_headers=["Accept", "If-Match", "If-None-Match"],
    expose_headers=["Content-Disposition", "ETag", "Retry-After"],
    max_age=600,
)
app.register_middleware(log.invocation)
app.register_middleware(routes.as_problem, "http")

for blueprint in features.blueprints():
    app.register_blueprint(blueprint)
    # Each function of AWS Lambda is an attribute of this module, so that whichever is called finds all of it present.
    globals().update(blueprint.functions)

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
