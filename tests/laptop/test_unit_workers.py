"""A call's log is read to its end, and nobody waits to see whether more comes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.stage import PROJECT

# In a process of its own: loading the module changes ministack for good.
READ = """
import queue, sys
from types import SimpleNamespace
from ministack.core import lambda_runtime
if sys.argv[1] == "ours":
    from laptop.embedded.workers import END_OF_LOG
else:
    END_OF_LOG = "-- the last line --"

class Log(queue.Queue):
    looks = 0

    def get(self, block=True, timeout=None):
        self.looks += 1
        return super().get(block, timeout)

log = Log()
for line in ("one", "two", "", END_OF_LOG):
    log.put(line)
worker = SimpleNamespace(config={"Runtime": "python3.11"}, _stderr_queue=log)
print(lambda_runtime.Worker._drain_stderr_bounded(worker).splitlines()[:2], log.looks)
"""


@pytest.mark.parametrize(("whose", "waits"), [("ours", False), ("ministack's", True)])
def test_nobody_waits_for_more_than_there_is(whose: str, waits: bool) -> None:
    """Ministack's own looks show that the patch is still needed."""
    done = subprocess.run([sys.executable, "-c", READ, whose], cwd=PROJECT, capture_output=True, text=True, check=True)
    lines, _, looks = done.stdout.rpartition(" ")
    assert lines == "['one', 'two']"
    assert (int(looks) > 4) == waits
