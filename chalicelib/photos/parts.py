"""Of how many parts a picture's file consists: counted before any of it is opened, by steps from one to the next.

Each scan of a progressive JPEG goes over the whole picture once more, and Pillow reads the small parts of a file one by
one, those of a GIF's comment in a time that grows with their square. What nobody's camera or program writes is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

MOST_SCANS = 50  # of a JPEG; programs write about ten
MOST_PARTS = 50_000  # of a JPEG or PNG: a large one has some thousands
MOST_BLOCKS = 4_000  # of a GIF before its first picture: a profile has some hundreds

_MARKER = re.compile(rb"\xff([^\x00\xff])")
# In the data of a scan the marks where a decoder can start anew are part of it.
_MARKER_BEHIND_DATA = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
_SCAN, _END = 0xDA, 0xD9


def too_many(content: bytes) -> str | None:
    """What the file has too much of, if anything."""
    if content.startswith(b"\xff\xd8"):
        return _in_jpeg(content)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "parts" if _count(_png_chunks(content), MOST_PARTS) else None
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "parts" if _count(_gif_blocks(content), MOST_BLOCKS) else None
    return None


def _count(parts: Iterator[int], most: int) -> bool:
    return sum(1 for _ in islice(parts, most + 1)) > most


def _in_jpeg(content: bytes) -> str | None:
    parts = scans = 0
    for marker, before in _jpeg_segments(content):
        parts += 1 if scans else 1 + before  # up to the first scan Pillow reads also what is nothing, byte for byte
        scans += marker == _SCAN
        if scans > MOST_SCANS:
            return "scans"
        if parts > MOST_PARTS:
            return "parts"
    return None


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, int]]:
    """The markers up to the end of the picture, each with how many bytes that are none stand before it."""
    at, pattern = 2, _MARKER
    while found := pattern.search(content, at):
        marker = found[1][0]
        yield marker, found.start() - at
        if marker == _END:
            return
        at = found.end()
        if marker not in _WITHOUT_LENGTH:
            at += int.from_bytes(content[at : at + 2], "big")
        pattern = _MARKER_BEHIND_DATA if marker == _SCAN else _MARKER
    yield _END, max(0, len(content) - at)


def _png_chunks(content: bytes) -> Iterator[int]:
    at = 8
    while at + 8 <= len(content):
        yield at
        at += 12 + int.from_bytes(content[at : at + 4], "big")


def _gif_blocks(content: bytes) -> Iterator[int]:
    """All there is before the first picture begins."""
    at = 13 + (3 << (content[10] & 7) + 1 if len(content) > 10 and content[10] & 0x80 else 0)
    while at < len(content) and content[at] != 0x2C:
        yield at
        if content[at] != 0x21:
            at += 1
            continue
        at += 2
        while at < len(content) and content[at]:
            yield at
            at += 1 + content[at]
        at += 1
