"""The vocabulary in which a feature's `rights.py` says what its functions may do and how much they get.

Only deployment reads these and turns them into policies and settings. Braces mark what differs between stages:
`{Partition}`, `{Region}`, `{AccountId}`, `{Stage}`, and template outputs for names that AWS makes up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Grant(NamedTuple):
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    where: tuple[str, str] | None = None  # only if the request has this value there


Grants = tuple[Grant, ...]


@dataclass
class Function:
    """What a function may do, and how much it gets; anything omitted has the default."""

    grants: list[Grant] = field(default_factory=list)
    seconds: int | None = None
    megabytes: int | None = None
    at_once: int | None = None  # reserved concurrent executions
    layers: list[str] = field(default_factory=list)  # features whose requirements.txt it needs


functions: dict[str, Function] = {}
variables: dict[str, str] = {}  # in every function's environment


def may(
    function: str,
    *grants: Grants,
    seconds: int | None = None,
    megabytes: int | None = None,
    at_once: int | None = None,
    layers: Iterable[str] = (),
) -> None:
    """If several features name the same function, it may do all of that."""
    found = functions.setdefault(function, Function())
    found.grants += [grant for several in grants for grant in several]
    found.seconds = seconds or found.seconds
    found.megabytes = megabytes or found.megabytes
    found.at_once = at_once or found.at_once
    found.layers = sorted({*found.layers, *layers})


def api_may(*grants: Grants, layers: Iterable[str] = ()) -> None:
    """The one function behind every route."""
    may("api_handler", *grants, layers=layers)


def eraser_may(*grants: Grants) -> None:
    """The function that erases everything a person owns."""
    may("erase_people", *grants)


def socket_may(*grants: Grants) -> None:
    """The function that answers messages on sockets."""
    may("websocket_message", *grants)


def export_may(*grants: Grants) -> None:
    """The function that collects everything a person owns."""
    may("make_export", *grants)


def environment(**values: str) -> None:
    """What the code can't derive from the stage's name."""
    variables.update(values)


# Tables, by name; `albums/by-rank` is an index


def get(*tables: str) -> Grants:
    return _on_tables("GetItem", tables)


def get_many(*tables: str) -> Grants:
    return _on_tables("BatchGetItem", tables)


def query(*tables: str) -> Grants:
    return _on_tables("Query", tables)


def put(*tables: str) -> Grants:
    return _on_tables("PutItem", tables)


def update(*tables: str) -> Grants:
    return _on_tables("UpdateItem", tables)


def delete(*tables: str) -> Grants:
    return _on_tables("DeleteItem", tables)


def check(*tables: str) -> Grants:
    """In a transaction that writes elsewhere."""
    return _on_tables("ConditionCheckItem", tables)


def follow(table: str) -> Grants:
    """Read the table's stream; what can't be handled goes to the failures queue."""
    stream = f"{{{table.title()}Stream}}"
    reading = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
    every = f"{_table(table)}/stream/*"
    return (Grant(reading, (stream,)), Grant(("dynamodb:ListStreams",), (every,)), *give_up())


def keep_found() -> Grants:
    """Keep the index of searches; the rows that it reads need a right of their own."""
    return (*query("search"), *put("search"), *delete("search"))


def cached(*grants: Grants) -> Grants:
    """The same through the cache too, where a stage has one: the function must join its network."""
    direct = tuple(grant for several in grants for grant in several)
    actions = {action.replace("dynamodb:", "dax:") for grant in direct for action in grant.actions}
    plugs = ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces")
    return (*direct, Grant(tuple(sorted(actions)), ("{DaxArn}",)), Grant(plugs, ("{DaxNetwork}",)))


def tell_notices() -> Grants:
    """Make notices and take them back; each is counted, and needs an account."""
    return get("notices") + put("notices") + delete("notices") + update("counters") + check("people")


# Files, by bucket and key pattern: `uploads/uploads/*`


def get_files(*files: str) -> Grants:
    return _on_files("s3:GetObject", files)


def put_files(*files: str) -> Grants:
    return _on_files("s3:PutObject", files)


def delete_files(*files: str) -> Grants:
    return _on_files("s3:DeleteObject", files)


def list_files(*buckets: str) -> Grants:
    return _on_files("s3:ListBucket", buckets)


def list_uploads(*buckets: str) -> Grants:
    """List unfinished multipart uploads."""
    return _on_files("s3:ListBucketMultipartUploads", buckets)


def abort_uploads(*files: str) -> Grants:
    return _on_files("s3:AbortMultipartUpload", files)


# Topics, queues and the rest


def publish(topic: str) -> Grants:
    return (Grant(("sns:Publish",), (_named("sns", topic),)),)


def take_from(queue: str) -> Grants:
    actions = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
    return (Grant(actions, (_named("sqs", queue),)),)


def give_up() -> Grants:
    """Send what can't be handled to the failures queue; whatever a stream, topic or bucket calls needs this."""
    return (Grant(("sqs:SendMessage",), (_named("sqs", "failures"),)),)


def forget_at_the_edge() -> Grants:
    return act("cloudfront:CreateInvalidation", "{DistributionArn}")


def send_mail(sender: str, *sets: str) -> Grants:
    """As this sender, to anyone: AWS asks for the recipients' identities, too, while an account is new."""
    every = "arn:{Partition}:ses:{Region}:{AccountId}:identity/*"
    return (Grant(("ses:SendEmail",), (every,), ("ses:FromAddress", sender)), *act("ses:SendEmail", *sets))


def act(action: str, *resources: str) -> Grants:
    """Anything without a word of its own."""
    return (Grant((action,), resources),)


def _on_tables(action: str, tables: Iterable[str]) -> Grants:
    return act(f"dynamodb:{action}", *map(_table, tables))


def _table(name: str) -> str:
    table, _, index = name.partition("/")
    place = f"arn:{{Partition}}:dynamodb:{{Region}}:{{AccountId}}:table/commonplace-{{Stage}}-{table}"
    return f"{place}/index/{index}" if index else place


def _on_files(action: str, files: Iterable[str]) -> Grants:
    return act(action, *map(_files, files))


def _files(name: str) -> str:
    bucket, slash, key = name.partition("/")
    return f"arn:{{Partition}}:s3:::commonplace-{{Stage}}-{bucket}-{{AccountId}}{slash}{key}"


def _named(service: str, name: str) -> str:
    return f"arn:{{Partition}}:{service}:{{Region}}:{{AccountId}}:commonplace-{{Stage}}-{name}"


# What core itself needs: to count what is bounded, and to check that the account still exists

api_may(get("counters"), update("counters"), check("people"))
socket_may(update("counters"), check("people"))
environment(DISTRIBUTION_ID="{DistributionId}", SITE_ADDRESS="{SiteAddress}")
