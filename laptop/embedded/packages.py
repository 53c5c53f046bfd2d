"""Functions import what they would on Lambda: the standard library, boto3 with what it needs, their code and layers.

Their processes run this one's Python, which has more: what a function's layers lack would be missed only on AWS.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from laptop.embedded.workers import change_script

OF_THE_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")


def _of_the_runtime() -> str:
    """A folder with nothing else."""
    folder = Path(os.environ["TMPDIR"], "of-the-runtime")
    folder.mkdir()
    for name in OF_THE_RUNTIME:
        spec = find_spec(name)
        assert spec and spec.origin, f"{name} is not installed"
        source = Path(spec.origin)
        source = source.parent if spec.submodule_search_locations else source
        (folder / source.name).symlink_to(source)
    return str(folder)


_library = sysconfig.get_path("stdlib")
# Where modules are looked for behind a function's own.
PATH = [each for each in sys.path if each.startswith(_library) and each not in site.getsitepackages()]
PATH.append(_of_the_runtime())

change_script("    sys.path.insert(0, code_dir)\n", f"    sys.path[:] = [code_dir, *{PATH!r}]\n")
