"""Commonplace: one Chalice application, a feature a blueprint. Its functions all start here."""

from chalice.app import Chalice, CORSConfig

from chalicelib.account.api import erase_people as erase_people
from chalicelib.account.api import routes as account
from chalicelib.albums.api import routes as albums
from chalicelib.core import log, routes
from chalicelib.core.api import routes as about

app = Chalice(app_name="commonplace")
app.api.cors = CORSConfig(
    allow_headers=["Accept", "If-Match", "If-None-Match"],
    expose_headers=["Content-Disposition", "ETag", "Retry-After"],
    max_age=600,
)
app.register_middleware(log.invocation)
app.register_middleware(routes.as_problem, "http")

features = [about, account, albums]
for feature in features:
    app.register_blueprint(feature)
