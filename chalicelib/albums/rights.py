"""What the catalogue's functions may do."""

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
)
from chalicelib.live.rights import push_to_everyone

api_may(get("albums"), get_many("albums"), put("albums"), delete("albums"))
api_may(query("albums/by-rank", "albums/by-genre", "albums/by-year"))
may("push_albums", follow("albums"), push_to_everyone(), seconds=300)
may("index_albums", follow("albums"), get("albums"), keep_found(), seconds=300)
export_may(query("albums/by-person"), get_many("albums"))
eraser_may(query("albums/by-person"), get("albums"), delete("albums"))
