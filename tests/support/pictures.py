"""Files like people upload, generated on demand."""

from __future__ import annotations

import io
import random
import zlib
from functools import cache
from typing import Any

from PIL import Image


def file_of(image: Image.Image, kind: str, **options: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@cache
def photo(width: int = 4000, height: int = 3000) -> bytes:
    """As from a phone, with its location."""
    grain = random.Random(7).randbytes(100 * 75)
    image = Image.frombytes("L", (100, 75), grain).resize((width, height), Image.Resampling.BICUBIC).convert("RGB")
    return file_of(image, "JPEG", quality=88, exif=_taken_somewhere())


def _taken_somewhere(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8825] = orientation, "Somephone", {1: "N", 2: (47.0, 22.0, 5.0), 3: "E"}
    return exif


def lying_down(orientation: int) -> bytes:
    """Red on the left and blue on the right, as the sensor saw it; the camera was rotated."""
    image = Image.new("RGB", (400, 200), "red")
    image.paste("blue", (200, 0, 400, 200))
    return file_of(image, "JPEG", quality=95, exif=_taken_somewhere(orientation))


def animated_gif() -> bytes:
    frames = [Image.new("RGB", (500, 300), colour) for colour in ("red", "blue", "lime")]
    return file_of(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)


def of_many_scans(scans: int, width: int = 100, height: int = 75) -> bytes:
    """A progressive JPEG whose last scan repeats: each covers the whole picture again."""
    content = file_of(Image.new("RGB", (width, height), "red"), "JPEG", progressive=True)
    last, end = content.rindex(b"\xff\xda"), content.rindex(b"\xff\xd9")
    return content[:end] + content[last:end] * (scans - content.count(b"\xff\xda")) + content[end:]


def with_segments(segment: bytes, times: int) -> bytes:
    """A JPEG with more in front than a camera writes."""
    content = file_of(Image.new("RGB", (100, 75), "red"), "JPEG")
    return content[:2] + segment * times + content[2:]


def with_chunks(kind: bytes, content: bytes, times: int) -> bytes:
    """A PNG with more than pixels in it."""
    picture = one_by_one()
    chunk = len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
    place = picture.index(b"IDAT") - 4
    return picture[:place] + chunk * times + picture[place:]


def with_a_comment(blocks: int) -> bytes:
    """A GIF whose comment comes in that many pieces."""
    picture = file_of(Image.new("L", (100, 75)), "GIF")
    place = picture.index(b",", 13 + (3 << (picture[10] & 7) + 1))
    return picture[:place] + b"!\xfe" + b"\x01a" * blocks + b"\0" + picture[place:]


def of_many_frames(frames: int, kind: str) -> bytes:
    pictures = [Image.new("RGB", (50, 30), (255, number % 255, 0)) for number in range(frames)]
    return file_of(pictures[0], kind, save_all=True, append_images=pictures[1:], lossless=True)


def cmyk_jpeg() -> bytes:
    return file_of(Image.new("RGB", (800, 600), (200, 30, 30)).convert("CMYK"), "JPEG", quality=95)


def see_through_png() -> bytes:
    image = Image.new("RGBA", (700, 500), (0, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 350, 500))
    return file_of(image, "PNG")


def one_by_one() -> bytes:
    return file_of(Image.new("RGB", (1, 1), "red"), "PNG")


def bomb(side: int) -> bytes:
    """A few kilobytes that unpack to a great many."""
    return file_of(Image.new("1", (side, side)), "PNG")
