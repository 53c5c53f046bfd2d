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

api_may(query("comments"), get("comments"), put("comments"), delete("comments"))
may("follow_articles", query("comments"), delete("comments"))
may("tell_comments", follow("comments"), get("comments", "articles"), tell_notices(), seconds=300)
export_may(query("comments/by-person"), get_many("comments"))
eraser_may(query("comments/by-person"), delete("comments"))
