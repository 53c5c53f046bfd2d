"""The route of the signed-in home; what it tells is declared by the features."""

import time
from typing import Any

from chalicelib.core import today
from chalicelib.core.ids import as_time
from chalicelib.core.routes import Asked, Parameter, Routes
from chalicelib.core.who import SIGNED_IN

routes = Routes()

DAY = Parameter(
    "day",
    {"type": "string", "format": "date", "maxLength": 10},
    "Which day it is where you are; by default that of UTC.",
)


@routes.get("/today", who=SIGNED_IN, query=(DAY,), gives={200: "today/today"})
def get_today(asked: Asked) -> dict[str, Any]:
    """Get what is due, unread, new and ready, and the first steps; parts that could not be read are in `missing`."""
    return today.told(today.Day(asked.person, asked.query["day"] or as_time(time.time())[:10], asked.base))
