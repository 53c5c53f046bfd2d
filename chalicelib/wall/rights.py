"""What the wall's functions may do."""

from chalicelib.core.rights import (
    api_may,
    delete,
    eraser_may,
    export_may,
    follow,
    get,
    get_many,
    keep_found,
    may,
    put,
    query,
    socket_may,
    tell_notices,
)
from chalicelib.live.rights import push_to_everyone

api_may(query("posts", "posts/by-person"), delete("posts"))
socket_may(get("posts"), put("posts"), get_many("people"))
may("index_posts", follow("posts"), get("posts"), keep_found(), seconds=300)
may(
    "push_posts",
    follow("posts"),
    get("posts"),
    get_many("people"),
    push_to_everyone(),
    tell_notices(),
    seconds=300,
)
export_may(query("posts/by-person"), get_many("posts"))
eraser_may(query("posts/by-person"), delete("posts"))
