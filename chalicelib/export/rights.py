"""What the functions of exports may do. Each feature adds what its own parts need."""

from chalicelib.core.rights import (
    abort_uploads,
    api_may,
    delete,
    delete_files,
    eraser_may,
    export_may,
    follow,
    get,
    get_files,
    list_files,
    list_uploads,
    may,
    put,
    put_files,
    send_mail,
    tell_notices,
    update,
)

api_may(get("exports"), put("exports"), get_files("exports/*"))
may("make_export", follow("exports"), seconds=900, at_once=2)
export_may(get("exports", "people"), update("exports"), tell_notices(), send_mail("{MailSender}", "{MailSetArn}"))
export_may(list_files("exports"), get_files("exports/*"), put_files("exports/*"), delete_files("exports/*"))
eraser_may(get("exports"), delete("exports"), list_uploads("exports"), abort_uploads("exports/*"))
eraser_may(list_files("exports"), delete_files("exports/*"))
