"""What the functions that mail subscribers may do."""

from chalicelib.core.rights import (
    api_may,
    check,
    delete,
    environment,
    follow,
    get,
    give_up,
    may,
    put,
    query,
    send_mail,
    update,
)

_SEND_MAIL = send_mail("{MailSender}", "{MailSetArn}")

api_may(query("subscribers/by-handle"), get("subscribers"), put("subscribers"), update("subscribers"))
may(
    "mail_subscribers",
    follow("subscribers"),
    update("subscribers", "counters"),
    delete("subscribers"),
    _SEND_MAIL,
    seconds=300,
)
may("announce_articles", give_up(), put("mailings"), update("mailings"))
may(
    "mail_article",
    follow("mailings"),
    get("mailings", "articles"),
    put("mailings"),
    update("mailings"),
    delete("mailings"),
    query("subscribers/by-listed"),
    check("subscribers"),
    _SEND_MAIL,
    seconds=300,
)
may("stop_mail", give_up(), update("subscribers"))
environment(MAIL_SENDER="{MailSender}")
