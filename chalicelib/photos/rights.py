"""What the functions of photos may do."""

from chalicelib.core.rights import (
    api_may,
    delete,
    delete_files,
    eraser_may,
    export_may,
    follow,
    forget_at_the_edge,
    get,
    get_files,
    get_many,
    give_up,
    list_files,
    may,
    put,
    put_files,
    query,
    update,
)
from chalicelib.live.rights import push_to_persons

api_may(get("photos"), put("photos"), update("photos"), delete("photos"), put_files("uploads/uploads/*"))
may(
    "develop_photo",
    give_up(),
    get("photos"),
    update("photos"),
    list_files("uploads", "photos"),
    get_files("uploads/uploads/*"),
    put_files("photos/photos/*"),
    delete_files("uploads/uploads/*", "photos/photos/*"),
    seconds=120,
    megabytes=1769,
    at_once=3,
    layers=["photos"],
)
may(
    "push_photos",
    follow("photos"),
    get("photos"),
    update("photos"),
    list_files("uploads", "photos"),
    get_files("uploads/uploads/*"),
    put_files("uploads/uploads/*"),
    delete_files("uploads/uploads/*", "photos/photos/*"),
    forget_at_the_edge(),
    push_to_persons(),
    seconds=300,
)
export_may(query("photos/by-person"), get_many("photos"), list_files("photos"), get_files("photos/photos/*"))
eraser_may(query("photos/by-person"), delete("photos"))
