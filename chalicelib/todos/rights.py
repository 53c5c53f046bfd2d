"""What the to-dos' functions may do."""

from chalicelib.core.rights import (
    api_may,
    cached,
    delete,
    environment,
    eraser_may,
    export_may,
    follow,
    get,
    keep_found,
    may,
    put,
    query,
)
from chalicelib.live.rights import push_to_persons

api_may(cached(query("todos", "todos/by-place", "todos/by-part"), get("todos"), put("todos"), delete("todos")))
may("push_todos", follow("todos"), cached(put("todos")), push_to_persons(), seconds=300)
may("index_todos", follow("todos"), get("todos"), keep_found(), seconds=300)
export_may(query("todos"))
eraser_may(query("todos"), delete("todos"))
environment(DAX_ENDPOINT="{DaxEndpoint}")
