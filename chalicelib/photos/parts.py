"""How many parts a picture's file has: counted before decoding, by skipping from part to part.

Each scan of a progressive JPEG covers the whole picture again, and Pillow reads a file's small parts one by one, those
of a GIF comment in quadratic time. Files that no camera or program writes are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

MOST_SCANS = 50  # of a JPEG; programs write about ten
MOST_PARTS = 50_000  # of a JPEG or PNG: a large one has some thousands
MOST_BLOCKS = 4_000  # of a GIF before its first picture: a profile has some hundreds

_MARKER = re.compile(rb"\xff([^\x00\xff])")
# Restart markers are part of a scan's data.
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
        parts += 1 if scans else 1 + before  # before the first scan Pillow also reads garbage byte by byte
        scans += marker == _SCAN
        if scans > MOST_SCANS:
            return "scans"
        if parts > MOST_PARTS:
            return "parts"
    return None


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, int]]:
    """The markers up to the end of the picture, each with how many garbage bytes precede it."""
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
    """All blocks before the first picture."""
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
