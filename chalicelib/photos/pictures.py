"""One picture in, three widths out: upright, in sRGB, without metadata.

Importing this module loads Pillow, so only the function that needs it does.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageCms

from chalicelib.photos.parts import too_many
from chalicelib.photos.photos import Picture, PictureError, Size

WIDTHS = (1280, 640, 320)
MOST_PIXELS = 64_000_000
_LONGEST_SIDE = 16_383  # of a WebP
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
_NAMES = {"MPO": "JPEG", "WEBP": "WebP"}  # a phone's JPEG may hold a second picture after the first
_LARGEST_PROFILE = 4_000_000
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_THEIR_SIDE = (5, 6, 7, 8)

# Our own limit applies first, and gives a reason: this one is for what Pillow opens by itself.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def developed(content: bytes, type: str) -> Picture:
    """Raises PictureError if it is not a picture of that type."""
    with _readable():
        image = _opened(content, type)
        orientation = image.getexif().get(_ORIENTATION, 1)
        width, height = image.size[::-1] if orientation in _ON_THEIR_SIDE else image.size
        sizes = [(wide, max(1, round(height * wide / width))) for wide in _widths(width)]
        if sizes[0][1] > _LONGEST_SIDE:
            raise PictureError("The picture is too tall for its width.")
        largest = _upright(_plain(_reduced(image, sizes[0], orientation)), orientation)
    return Picture(width, height, list(_each_from_the_one_before(largest, sizes)))


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (PictureError, MemoryError):
        raise
    except Image.DecompressionBombError as bomb:
        raise _too_many_pixels() from bomb
    except Exception as error:  # whatever makes a decoder stumble is in the file
        raise PictureError("The file can't be read: it is damaged or not a picture.") from error


def _opened(content: bytes, type: str) -> Image.Image:
    """Only inspected: nothing is decoded before it is known to be the stated type and not a decompression bomb."""
    if what := too_many(content):
        raise PictureError(f"The file has too many {what} for a picture: save a new copy and try that.")
    image = Image.open(io.BytesIO(content), formats=tuple(_FORMATS.values()))
    found = _NAMES.get(image.format or "", image.format)
    said = _FORMATS[type]
    if found != _NAMES.get(said, said):
        raise PictureError(f"The file claims to be a {_NAMES.get(said, said)}, but is a {found}.")
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()
    return image


def _too_many_pixels() -> PictureError:
    return PictureError(f"The picture has more than {MOST_PIXELS // 1_000_000} megapixels.")


def _widths(width: int) -> list[int]:
    """Nothing is enlarged: a small picture comes in its own width and the smaller ones."""
    return sorted({min(width, each) for each in WIDTHS}, reverse=True)


def _reduced(image: Image.Image, size: tuple[int, int], orientation: int) -> Image.Image:
    """The first width, not yet rotated: a JPEG is decoded no larger than needed."""
    lying = size[::-1] if orientation in _ON_THEIR_SIDE else size
    image.draft(None, lying)
    image.load()
    return _resized(_with_true_colours(image), lying)


def _with_true_colours(image: Image.Image) -> Image.Image:
    """Something that can be averaged: no palette, no single bits, 8 bits a channel at most."""
    if "transparency" in image.info or image.mode in ("LA", "PA"):
        return image.convert("RGBA")
    if image.mode.startswith("I"):
        return image.point(lambda level: level / 256).convert("L")
    return image.convert("RGB") if image.mode in ("1", "P", "F") else image


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _plain(image: Image.Image) -> Image.Image:
    """Only its pixels, in sRGB."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    image = _in_srgb(image, mode)
    image = image if image.mode == mode else image.convert(mode)
    image.info = {}
    return image


def _in_srgb(image: Image.Image, mode: str) -> Image.Image:
    """Convert from the embedded profile before that is lost."""
    profile = image.info.pop("icc_profile", None)
    if not profile or len(profile) > _LARGEST_PROFILE:
        return image
    try:
        given, ours = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, given, ours, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError, ValueError):  # a broken or unrelated profile: keep the colours
        return image


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def _each_from_the_one_before(image: Image.Image, sizes: list[tuple[int, int]]) -> Iterator[Size]:
    for size in sizes:
        image = _resized(image, size)
        yield Size(*size, _webp(image), _jpeg(image))


def _webp(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "WEBP", quality=80, method=2)
    return written.getvalue()


def _jpeg(image: Image.Image) -> bytes:
    """On white where it is transparent."""
    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    written = io.BytesIO()
    image.save(written, "JPEG", quality=82, optimize=True, progressive=True)
    return written.getvalue()
