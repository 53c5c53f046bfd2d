"""Lambda: starting, updating and calling functions, their logs, and sockets that call them."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.laptop.closed import closes
from tests.laptop.embedded_support import (
    PATIENCE,
    Bed,
    eventually,
    package,
    unique,
)
from tests.laptop.handlers import ECHO, FAIL, WAITER, seen

PROCESSES = 4 * (os.cpu_count() or 2)


@closes("functions")
def a_function_is_active_at_once(bed: Bed) -> None:
    client = bed.client("lambda")
    settings = {"Runtime": "python3.11", "Role": bed.everything, "Handler": "main.handler"}
    for _ in range(4):
        name = unique("function")
        client.create_function(FunctionName=name, Code={"ZipFile": package(ECHO)}, **settings)
        assert client.get_function_configuration(FunctionName=name)["State"] == "Active"


@closes("packages")
def a_function_has_the_packages_of_lambda_and_of_its_layers(bed: Bed) -> None:
    """Not those that happen to be on this machine, whether it imports them when it starts or later."""
    importing = """
        import importlib
        def handler(event, context):
            return importlib.import_module(event).__name__
    """
    site = f"python/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    layers = [_layer(bed, "python/of_a_layer/__init__.py"), _layer(bed, f"{site}/of_a_site.py")]
    with_layers, without = bed.function(importing, Layers=layers), bed.function(importing)
    for name in ("boto3", "dateutil.tz", "urllib3", "sqlite3"):
        assert bed.invoke(without, name) == name
    for name in ("of_a_layer", "of_a_site"):
        assert bed.invoke(with_layers, name) == name
        assert f"No module named '{name}'" in bed.invoke(without, name)["errorMessage"]
    for name in ("PIL", "chalice", "ministack"):
        for function in (with_layers, bed.function(f"import {name}")):
            assert f"No module named '{name}'" in bed.invoke(function, name)["errorMessage"]


def _layer(bed: Bed, path: str) -> str:
    published = bed.client("lambda").publish_layer_version(
        LayerName=unique("l"), Content={"ZipFile": package("", path)}
    )
    return str(published["LayerVersionArn"])


@closes("functions")
def an_environment_has_4096_bytes(bed: Bed) -> None:
    client, room = bed.client("lambda"), 4096 - len('{"A":""}')
    function = bed.function(ECHO, Environment={"Variables": {"A": "x" * room}})
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="4KB"):
        bed.function(ECHO, Environment={"Variables": {"A": "x" * (room + 1)}})
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="4KB"):
        client.update_function_configuration(FunctionName=function, Environment={"Variables": {"A": "x" * (room + 1)}})


@closes("workers")
def an_update_lets_running_calls_finish(bed: Bed) -> None:
    signals = bed.folder()
    function = bed.function(WAITER.format(signals=str(signals), name="old"))
    with ThreadPoolExecutor() as pool:
        running = pool.submit(bed.invoke, function)
        try:
            assert eventually(lambda: seen(signals)) == ["old"]
            bed.client("lambda").update_function_code(FunctionName=function, ZipFile=package(ECHO))
        finally:
            (signals / "go").touch()
        assert running.result() == "old"
    assert bed.eventually(lambda: bed.invoke(function, {"is": "new"}) == {"is": "new"})


@closes("workers")
def a_process_outlives_an_error(bed: Bed) -> None:
    function = bed.function("""
        calls = []
        def handler(event, context):
            calls.append(event)
            if len(calls) == 1:
                raise ValueError("first")
            return len(calls)
    """)
    assert bed.invoke(function)["errorMessage"] == "first"
    assert bed.invoke(function) == 2


@closes("logs")
def a_log_is_written_with_the_rights_of_its_function(bed: Bed) -> None:
    """Each may write one function's log; whose it is decides."""
    place = f"arn:aws:logs:{bed.cloud.region}:{bed.cloud.account}:log-group:/aws/lambda"
    right, wrong = unique("function"), unique("function")
    role = bed.role({"Action": "logs:*", "Resource": f"{place}/{right}:*"})
    for name in (right, wrong):
        bed.function(ECHO, FunctionName=name, Role=role)
        bed.invoke(name)
    groups = bed.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
    written = {group["logGroupName"].rpartition("/")[2] for group in groups}
    assert right in written and wrong not in written


@closes("logs")
def logs_stay_small(bed: Bed) -> None:
    function = bed.function("def handler(event, context): print('call', event['number'])")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: bed.invoke(function, {"number": number}), range(104)))
    logs, group = bed.client("logs"), f"/aws/lambda/{function}"
    assert (
        len(logs.get_paginator("describe_log_streams").paginate(logGroupName=group).build_full_result()["logStreams"])
        <= 100
    )
    texts = [event["message"] for event in logs.filter_log_events(logGroupName=group, limit=10000)["events"]]
    assert "call 103" in texts


@closes("functions")
def sns_calls_functions_asynchronously(bed: Bed) -> None:
    dead_letters, arn = bed.queue()
    topic = bed.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    function = bed.function(FAIL)
    bed.client("lambda").put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    bed.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=bed.arn(function))
    attributes = {"kind": {"DataType": "String", "StringValue": "greeting"}}
    bed.client("sns").publish(TopicArn=topic, Message="hello", MessageAttributes=attributes)
    failures = bed.eventually(lambda: bed.messages(dead_letters))
    message = failures[0]["requestPayload"]["Records"][0]["Sns"]
    assert (message["Message"], message["Subject"]) == ("hello", None)
    assert message["MessageAttributes"] == {"kind": {"Type": "String", "Value": "greeting"}}


@closes("functions")
def a_burst_queues_for_processes(bed: Bed) -> None:
    function = bed.function("""
        import os, time
        def handler(event, context):
            time.sleep(0.05)
            return os.getpid()
    """)
    calls = PROCESSES * 2
    with ThreadPoolExecutor(calls) as pool:
        processes = set(pool.map(lambda _: bed.invoke(function), range(calls)))
    assert len(processes) <= PROCESSES


@closes("functions")
def socket_handlers_keep_errors_to_themselves(bed: Bed) -> None:
    url = bed.socket_api(connect=bed.answering, default=bed.failing)
    with connect(url) as peer:
        peer.send('{"action": "anything"}')
        answer = str(peer.recv(timeout=PATIENCE))
    assert "Internal server error" in answer
    assert "secret" not in answer


@closes("throttles")
def sockets_are_let_through_as_their_stage_says(bed: Bed) -> None:
    url = bed.socket_api(connect=bed.answering, default=bed.answering)
    narrow = {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 2}
    bed.client("apigatewayv2").update_stage(ApiId=url.split("/")[-2], StageName="test", DefaultRouteSettings=narrow)
    with connect(url, open_timeout=PATIENCE) as peer:
        for _ in range(3):
            peer.send("{}")
        answers = [str(peer.recv(timeout=PATIENCE)) for _ in range(3)]
    assert answers[:2] == ["good", "good"] and json.loads(answers[2])["message"] == "Too Many Requests"
    with connect(url, open_timeout=PATIENCE), pytest.raises(InvalidStatus):
        connect(url, open_timeout=PATIENCE)


@closes("functions")
def socket_handlers_run_side_by_side(bed: Bed) -> None:
    """Each of two handlers waits for the other."""
    signals = bed.folder()
    meeting = bed.function(f"""
        import os, pathlib, time
        def handler(event, context):
            signals = pathlib.Path({str(signals)!r})
            (signals / str(os.getpid())).touch()
            end = time.monotonic() + {bed.patience}
            while len(list(signals.iterdir())) < 2 and time.monotonic() < end:
                time.sleep(0.02)
            return {{"body": str(len(list(signals.iterdir())))}}
    """)
    url = bed.socket_api(connect=bed.answering, default=meeting)
    with connect(url, open_timeout=PATIENCE) as first, connect(url, open_timeout=PATIENCE) as second:
        for peer in first, second:
            peer.send("{}")
        assert [peer.recv(timeout=PATIENCE) for peer in (first, second)] == ["2", "2"]
