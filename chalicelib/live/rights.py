"""What the sockets' functions may do, and what a feature needs to push something."""

from chalicelib.core.rights import (
    Grants,
    act,
    api_may,
    check,
    delete,
    environment,
    eraser_may,
    get,
    get_many,
    give_up,
    may,
    publish,
    put,
    query,
    socket_may,
    update,
)


def push_to_persons() -> Grants:
    return query("connections/by-person") + _send()


def push_to_everyone() -> Grants:
    return query("connections/by-gate") + publish("fan-out") + _send()


def close_sockets() -> Grants:
    rows = get("connections") + get_many("connections") + update("connections") + delete("connections")
    return rows + act("execute-api:ManageConnections", "{SocketsToCloseArn}")


def _send() -> Grants:
    """Includes deleting the rows of dead sockets."""
    return act("execute-api:ManageConnections", "{SocketsArn}") + delete("connections")


api_may(put("tickets"))
may(
    "websocket_connect",
    delete("tickets"),
    check("people"),
    get("connections"),
    get_many("connections"),
    put("connections"),
    update("connections"),
)
may("websocket_disconnect", delete("connections"))
socket_may(get("connections"), _send())
may("reach_shard", give_up(), _send(), seconds=300, at_once=10)
eraser_may(query("connections/by-person"), close_sockets())
environment(SOCKET_ENDPOINT="{SocketEndpoint}")
