"""Apertium's command: which languages it translates, in which steps, and which Debian packages that takes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess

LIMIT = 30.0
PIVOT = "es"

# The mode and its package; the names follow no rule.
PAIRS = {
    ("en", "es"): ("eng-spa", "apertium-eng-spa"),
    ("es", "en"): ("spa-eng", "apertium-eng-spa"),
    ("en", "ca"): ("eng-cat", "apertium-eng-cat"),
    ("ca", "en"): ("cat-eng", "apertium-eng-cat"),
    ("es", "ca"): ("spa-cat", "apertium-spa-cat"),
    ("ca", "es"): ("cat-spa", "apertium-spa-cat"),
    ("es", "fr"): ("es-fr", "apertium-fr-es"),
    ("fr", "es"): ("fr-es", "apertium-fr-es"),
    ("es", "it"): ("spa-ita", "apertium-spa-ita"),
    ("it", "es"): ("ita-spa", "apertium-spa-ita"),
    ("es", "pt"): ("es-pt_BR", "apertium-es-pt"),
    ("es", "pt-PT"): ("es-pt", "apertium-es-pt"),
    ("pt", "es"): ("pt-es", "apertium-es-pt"),
}


class NoRouteError(Exception):
    """There is no path between the languages; `packages` would add one, if there are any."""

    def __init__(self, packages: list[str]) -> None:
        super().__init__(", ".join(packages))
        self.packages = packages


def translated(text: str, source: str, target: str) -> str:
    for mode in route(source, target, installed()):
        text = _run(mode, text)
    return text


def route(source: str, target: str, modes: set[str]) -> list[str]:
    """The modes from one language to the other, through Spanish where there is no direct pair."""
    ways = [way for way in ([(source, target)], [(source, PIVOT), (PIVOT, target)]) if all(leg in PAIRS for leg in way)]
    for way in ways:
        if all(PAIRS[leg][0] in modes for leg in way):
            return [PAIRS[leg][0] for leg in way]
    lacking = [PAIRS[leg][1] for leg in ways[0] if PAIRS[leg][0] not in modes] if ways else []
    raise NoRouteError(list(dict.fromkeys(lacking)))


def ways() -> list[str]:
    """Everything that can be translated here, as `en>es`."""
    codes, modes = sorted({code for pair in PAIRS for code in pair}), installed()
    pairs = [(source, target) for source in codes for target in codes if source != target]
    return [f"{source}>{target}" for source, target in pairs if _has_way(source, target, modes)]


def _has_way(source: str, target: str, modes: set[str]) -> bool:
    try:
        return bool(route(source, target, modes))
    except NoRouteError:
        return False


def installed() -> set[str]:
    if not is_there():
        return set()
    return set(subprocess.run(["apertium", "-l"], capture_output=True, text=True, timeout=LIMIT).stdout.split())


def is_there() -> bool:
    return shutil.which("apertium") is not None


def _run(mode: str, text: str) -> str:
    """`-u` leaves unknown words as they are. The command is a pipeline: on a timeout all of it is ended."""
    process = subprocess.Popen(
        ["apertium", "-u", "-f", "txt", mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(_without_controls(text).encode("utf-8", "replace"), LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    if process.returncode:
        raise RuntimeError(f"apertium {mode} ended with status {process.returncode}")
    return output.decode("utf-8", "replace")


def _without_controls(text: str) -> str:
    """A zero byte would end Apertium's text."""
    return "".join(" " if ord(character) < 32 and character not in "\n\r\t" else character for character in text)
