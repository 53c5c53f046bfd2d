"""Functions' processes are forked from one that has loaded their code, yet each is independent."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.laptop.embedded_support import Bed, eventually, package

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere processes are started, not forked")

# Reports its process, its parent, and its own state.
WHO = """
import os, time

LOADED_BY = os.getpid()
SETTING = os.environ.get("SETTING")

def handler(event, context):
    if event.get("die"):
        os._exit(1)
    if event.get("wait"):
        open(event["wait"] + f"/{os.getpid()}", "w").close()
        while len(os.listdir(event["wait"])) < event["many"]:
            time.sleep(0.01)
    print("said by", os.getpid())
    names = ("AWS_LAMBDA_FUNCTION_NAME", "AWS_ACCESS_KEY_ID", "SETTING")
    known = {name: os.environ.get(name) for name in names}
    return {"process": os.getpid(), "loaded": LOADED_BY, "at": SETTING, "folder": os.getcwd(), **known}
"""


def with_setting(value: str) -> dict[str, Any]:
    return {"Environment": {"Variables": {"SETTING": value}}}


def test_two_functions_of_the_same_code_come_from_one_process_and_know_only_their_own(bed: Bed) -> None:
    first, second = (bed.function(WHO, Role=bed.role(), **with_setting("a")) for _ in range(2))
    one, other = bed.invoke(first), bed.invoke(second)
    assert one["loaded"] == other["loaded"] != one["process"] != other["process"] != one["loaded"]
    assert (one["AWS_LAMBDA_FUNCTION_NAME"], other["AWS_LAMBDA_FUNCTION_NAME"]) == (first, second)
    assert one["AWS_ACCESS_KEY_ID"] != other["AWS_ACCESS_KEY_ID"]
    assert one["AWS_ACCESS_KEY_ID"] != bed.cloud.environment["AWS_ACCESS_KEY_ID"] != other["AWS_ACCESS_KEY_ID"]
    assert bed.invoke(first)["process"] == one["process"], "kept for the next call"


def test_other_settings_and_other_code_are_loaded_anew(bed: Bed) -> None:
    first = bed.function(WHO, **with_setting("a"))
    loaded = bed.invoke(first)
    other = bed.invoke(bed.function(WHO, **with_setting("b")))
    assert (loaded["at"], other["at"]) == ("a", "b") and other["loaded"] != loaded["loaded"]
    new = WHO.replace('"process":', '"new": True, "process":')
    bed.client("lambda").update_function_code(FunctionName=first, ZipFile=package(new))
    assert eventually(lambda: bed.invoke(first).get("new"))
    bed.client("lambda").update_function_configuration(FunctionName=first, **with_setting("c"))
    assert eventually(lambda: bed.invoke(first)["at"] == "c")


def test_a_burst_runs_side_by_side(bed: Bed) -> None:
    function, meeting = bed.function(WHO), bed.folder()
    bed.client("lambda")
    event = {"wait": str(meeting), "many": 4}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: bed.invoke(function, event), range(4)))
    assert len({answer["process"] for answer in answers}) == 4 and len({answer["loaded"] for answer in answers}) == 1


def test_one_that_dies_is_said_to_have_died_and_another_takes_its_place(bed: Bed) -> None:
    function = bed.function(WHO)
    before = bed.invoke(function)
    assert "died" in bed.invoke(function, {"die": True})["errorMessage"]
    after = bed.invoke(function)
    assert after["process"] != before["process"] and after["loaded"] == before["loaded"]
    assert eventually(lambda: not Path(f"/proc/{before['process']}").exists()), "nobody is left behind"


def test_one_that_does_not_come_to_an_end_is_ended(bed: Bed) -> None:
    endless = "import os, time\ndef handler(event, context):\n    while event: time.sleep(1)\n    return os.getpid()"
    function = bed.function(endless, Timeout=1)
    before = bed.invoke(function)
    assert "timed out" in bed.invoke(function, {"for": "ever"})["errorMessage"]
    assert eventually(lambda: not Path(f"/proc/{before}").exists())
    assert bed.invoke(function) != before


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_of_this_name\n", "nothing_of_this_name"),
        ("raise SystemExit('enough')\n", ""),
        ("def handler(event, context: return 1\n", "invalid syntax"),
    ],
)
def test_code_that_can_not_be_loaded_says_why(bed: Bed, source: str, why: str) -> None:
    function = bed.function(source)
    for _ in range(2):
        assert why in bed.invoke(function)["errorMessage"]


def test_the_root_key_is_not_where_functions_come_from(bed: Bed) -> None:
    source = "import os\nAT = dict(os.environ)\ndef handler(event, context): return AT"
    secret = bed.cloud.environment["AWS_SECRET_ACCESS_KEY"]
    assert secret not in str(bed.invoke(bed.function(source)))


def test_the_same_package_is_unpacked_once(bed: Bed) -> None:
    functions = [bed.function(WHO) for _ in range(3)]
    folders = {os.path.realpath(bed.invoke(function)["folder"]) for function in functions}
    assert len(folders) == 1


def test_none_outlives_the_cloud() -> None:
    bed = Bed()
    try:
        answer = bed.invoke(bed.function(WHO))
        bed.cloud._process.kill()
        bed.cloud._process.wait()
        for process in answer["process"], answer["loaded"]:
            assert eventually(lambda process=process: not _runs(process)), process  # type: ignore[misc]
    finally:
        bed.close()


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
