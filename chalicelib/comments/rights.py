"""What the functions of comments may do."""

from chalicelib.core.rights import (
    api_may,
    delete,
    eraser_may,
    export_may,
    follow,
    get,
    get_many,
    may,
    put,
    query,
    tell_notices,
)
from chalicelib.live.rights import push_to_everyone

api_may(query("comments"), get("comments"), put("comments"), delete("comments"))
may("follow_articles", query("comments"), delete("comments"))
may("push_comments", follow("comments"), get("comments"), get_many("people"), push_to_everyone(), seconds=300)
may("tell_comments", follow("comments"), get("comments", "articles"), tell_notices(), seconds=300)
export_may(query("comments/by-person"), get_many("comments"))
eraser_may(query("comments/by-person"), delete("comments"))
