"""What the wall's functions may do."""

from chalicelib.core.rights import (
    api_may,
    delete,
    eraser_may,
    follow,
    get,
    get_many,
    keep_found,
    may,
    put,
    query,
    socket_may,
)
from chalicelib.live.rights import push_to_everyone

api_may(query("posts", "posts/by-person"), delete("posts"))
socket_may(get("posts"), put("posts"), get_many("people"))
may("push_posts", follow("posts"), get("posts"), get_many("people"), push_to_everyone(), seconds=300)
may("index_posts", follow("posts"), get("posts"), keep_found(), seconds=300)
eraser_may(query("posts/by-person"), delete("posts"))
