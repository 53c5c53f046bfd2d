"""What the account's functions may do."""

from chalicelib.core.rights import (
    act,
    api_may,
    delete,
    environment,
    eraser_may,
    follow,
    get,
    get_many,
    may,
    put,
    query,
    update,
)
from chalicelib.live.rights import close_sockets

api_may(get("people"), get_many("people"), put("people"), update("people"), query("people/by-email"))
may("erase_people", follow("people"), act("cognito-idp:AdminDeleteUser", "{UserPoolArn}"), seconds=900, at_once=2)
may("sign_out_people", follow("people"), close_sockets())
eraser_may(query("counters"), delete("counters"))
environment(USER_POOL_ID="{UserPoolId}")
