"""What the functions of conversations may do."""

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
    update,
)
from chalicelib.live.rights import push_to_persons

api_may(get_many("conversations"), put("conversations"), update("conversations"))
api_may(query("members/by-person"), get_many("members"), put("members"), update("members"), delete("members"))
api_may(query("messages", "messages/own"), get("messages"), put("messages"), update("messages"))
socket_may(get_many("conversations", "members"), push_to_persons())
may(
    "push_messages",
    follow("messages"),
    get("messages", "conversations"),
    get_many("people"),
    update("conversations", "members"),
    push_to_persons(),
    tell_notices(),
    seconds=300,
)
may("push_members", follow("members"), get("conversations"), push_to_persons(), seconds=300)
may("index_messages", follow("messages"), get("messages"), keep_found(), seconds=300)
may(
    "push_conversations",
    follow("conversations"),
    get("conversations"),
    push_to_persons(),
    tell_notices(),
    seconds=300,
)
export_may(query("messages/by-person", "members/by-person"), get_many("messages", "conversations"))
eraser_may(query("messages/by-person"), update("messages"))
eraser_may(query("members", "members/by-person"), update("members"), delete("members"))
eraser_may(get_many("conversations", "people"), update("conversations"))
