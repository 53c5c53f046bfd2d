"""A 12-megapixel photo in three widths, JPEG and WebP: as the blog does it, compared with decoding it for each."""

import argparse
import io
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time
from typing import NamedTuple

SAYS = "a 12-megapixel photo in three widths, compared with decoding it for each: time and memory"

ROOT = Path(__file__).resolve().parent.parent
WIDTHS = (1280, 640, 320)


class Run(NamedTuple):
    """One photo in its own process: CPU seconds, and peak megabytes above the baseline."""

    seconds: float
    megabytes: float


def ours(content: bytes) -> None:
    from chalicelib.photos.pictures import developed

    developed(content, "image/jpeg")


def naive(content: bytes) -> None:
    """The common way: each width and format from the file."""
    from PIL import Image, ImageOps

    for width in WIDTHS:
        for kind, quality in (("JPEG", 82), ("WEBP", 80)):
            image = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
            height = round(image.height * width / image.width)
            image = image.resize((width, height), Image.Resampling.LANCZOS)
            image.convert("RGB").save(io.BytesIO(), kind, quality=quality)


CONTENDERS: dict[str, Callable[[bytes], None]] = {"ours": ours, "naive": naive}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks photos", description=__doc__)
    parser.add_argument("--turns", type=int, default=9, help="turns of each (9)")
    parser.add_argument("--one", choices=CONTENDERS, help=argparse.SUPPRESS)  # what each turn runs
    given = parser.parse_args(arguments)
    if given.one:
        print(json.dumps(measured(CONTENDERS[given.one])))
        return 0
    runs: dict[str, list[Run]] = {name: [] for name in CONTENDERS}
    for turn in range(given.turns):
        for name in CONTENDERS:
            runs[name].append(in_a_process_of_its_own(name))
        print(f"turn {turn + 1}: " + ", ".join(f"{name} {each[-1].seconds:.2f} s" for name, each in runs.items()))
    tell("time", "s", {name: median(run.seconds for run in each) for name, each in runs.items()}, given.turns)
    tell("memory", "MB", {name: median(run.megabytes for run in each) for name, each in runs.items()}, given.turns)
    return 0


def tell(what: str, unit: str, medians: dict[str, float], turns: int) -> None:
    ratio = medians["ours"] / medians["naive"]
    shown = ", ".join(f"{name} {value:.2f} {unit}" for name, value in medians.items())
    print(f"photo {what} ratio {ratio:.2f} ({shown}, medians of {turns} turns)")


def in_a_process_of_its_own(name: str) -> Run:
    """Processes seldom give memory back."""
    command = [sys.executable, "-m", "benchmarks", "photos", "--one", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return Run(*json.loads(done.stdout))


def measured(contender: Callable[[bytes], None]) -> Run:
    """With Pillow and its codecs loaded, but nothing this large decoded yet."""
    content = a_photo()
    contender(a_small_one())
    most, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, process_time()
    contender(content)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Run(process_time() - began, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most) / unit)


def a_photo() -> bytes:
    """Made in another process: its cost must not count."""
    program = "import sys\nfrom tests.support.pictures import photo\nsys.stdout.buffer.write(photo())"
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True).stdout


def a_small_one() -> bytes:
    from tests.support.pictures import photo

    return photo(64, 48)
