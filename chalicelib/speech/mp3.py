"""Joins MP3 files: only the sound frames count, and their headers tell the duration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

_HEADER = 4
_MPEG_1 = 3
_KILOBITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG 1
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG 2 and 2.5
}
_HERTZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
# Frames with one of these describe a file: in a joined file they would give the wrong length.
_ABOUT_THE_FILE = (b"Xing", b"Info", b"VBRI")
_FURTHEST_MARK = 40


class Frame(NamedTuple):
    size: int
    seconds: float


def joined(files: Iterable[bytes]) -> tuple[bytes, float]:
    """One file that plays them all, and its duration in seconds."""
    sound, seconds = bytearray(), 0.0
    for file in files:
        for frame, lasts in frames(file):
            sound += frame
            seconds += lasts
    return bytes(sound), round(seconds, 3)


def frames(file: bytes) -> Iterator[tuple[bytes, float]]:
    """Each sound frame with its seconds; tags, info frames and truncated frames are left out."""
    at = _after_tag(file)
    while at + _HEADER <= len(file):
        frame = _frame(file[at : at + _HEADER])
        if not frame:
            at = file.find(b"\xff", at + 1)
            if at < 0:
                return
            continue
        content = file[at : at + frame.size]
        if len(content) == frame.size and not _is_about_the_file(content):
            yield content, frame.seconds
        at += frame.size


def _after_tag(file: bytes) -> int:
    """An ID3 tag stores its length in four bytes of seven bits."""
    if file[:3] != b"ID3" or len(file) < 10:
        return 0
    length = 0
    for byte in file[6:10]:
        length = length << 7 | byte & 0x7F
    return 10 + length + (10 if file[5] & 0x10 else 0)


def _frame(header: bytes) -> Frame | None:
    """MPEG audio layer 3; None for anything else."""
    word = int.from_bytes(header, "big")
    version, layer, rate, hertz = word >> 19 & 3, word >> 17 & 3, word >> 12 & 15, word >> 10 & 3
    if word >> 21 != 0x7FF or version == 1 or layer != 1 or rate in (0, 15) or hertz == 3:
        return None
    is_first = version == _MPEG_1
    bits, samples_a_second = _KILOBITS[is_first][rate] * 1000, _HERTZ[version][hertz]
    samples = 1152 if is_first else 576
    size = samples // 8 * bits // samples_a_second + (word >> 9 & 1)
    return Frame(size, samples / samples_a_second)


def _is_about_the_file(frame: bytes) -> bool:
    head = frame[_HEADER : _HEADER + _FURTHEST_MARK]
    return any(mark in head for mark in _ABOUT_THE_FILE)
