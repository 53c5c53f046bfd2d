"""What the functions of notices may do."""

from chalicelib.core.rights import api_may, delete, eraser_may, export_may, follow, get, get_many, may, query, update
from chalicelib.live.rights import push_to_persons

api_may(query("notices"), get("notices"), update("notices"))
may("push_notices", follow("notices"), get("notices"), get_many("people"), push_to_persons(), seconds=300)
export_may(query("notices"))
eraser_may(query("notices", "notices/by-person"), delete("notices"))
