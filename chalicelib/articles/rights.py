"""What the blog's functions may do."""

from chalicelib.core.rights import (
    api_may,
    delete,
    eraser_may,
    export_may,
    follow,
    forget_at_the_edge,
    get,
    get_many,
    keep_found,
    may,
    publish,
    put,
    query,
)

api_may(get("articles"), get_many("articles", "photos"), put("articles"), delete("articles"))
api_may(query("articles/by-shelf"), layers=["articles"])
may(
    "follow_articles",
    follow("articles"),
    get("articles"),
    keep_found(),
    query("articles/by-shelf"),
    forget_at_the_edge(),
    publish("new-articles"),
    seconds=120,
)
may("publish_articles", query("articles/by-due"), get("articles"), put("articles"), seconds=60)
export_may(query("articles/by-person"), get_many("articles"))
eraser_may(query("articles/by-person"), get("articles"), delete("articles"))
