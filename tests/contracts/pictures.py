"""Files such as people upload, made as they are needed."""

from __future__ import annotations

import io
import random
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
    """As a phone takes it, with where it was taken."""
    grain = random.Random(7).randbytes(100 * 75)
    image = Image.frombytes("L", (100, 75), grain).resize((width, height), Image.Resampling.BICUBIC).convert("RGB")
    return file_of(image, "JPEG", quality=88, exif=_taken_somewhere())


def _taken_somewhere(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8825] = orientation, "Somephone", {1: "N", 2: (47.0, 22.0, 5.0), 3: "E"}
    return exif


def lying_down(orientation: int) -> bytes:
    """Red at the left and blue at the right, as the sensor saw it; the camera was held otherwise."""
    image = Image.new("RGB", (400, 200), "red")
    image.paste("blue", (200, 0, 400, 200))
    return file_of(image, "JPEG", quality=95, exif=_taken_somewhere(orientation))


def animated_gif() -> bytes:
    frames = [Image.new("RGB", (500, 300), colour) for colour in ("red", "blue", "lime")]
    return file_of(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)


def cmyk_jpeg() -> bytes:
    return file_of(Image.new("RGB", (800, 600), (200, 30, 30)).convert("CMYK"), "JPEG", quality=95)


def see_through_png() -> bytes:
    image = Image.new("RGBA", (700, 500), (0, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 350, 500))
    return file_of(image, "PNG")


def one_by_one() -> bytes:
    return file_of(Image.new("RGB", (1, 1), "red"), "PNG")


def bomb(side: int) -> bytes:
    """A few kilobytes that would be a great many when they are unpacked."""
    return file_of(Image.new("1", (side, side)), "PNG")
