"""What becomes of a picture: three widths, upright, in true colours, and nothing else from the file."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from chalicelib.photos.parts import MOST_PARTS, MOST_SCANS
from chalicelib.photos.photos import Picture, PictureError
from chalicelib.photos.pictures import MOST_PIXELS, developed
from tests.support import pictures
from tests.support.counting import counted

RED, BLUE = (254, 0, 0), (0, 0, 254)


def shapes(picture: Picture) -> list[tuple[int, int]]:
    return [(size.width, size.height) for size in picture.sizes]


def colour(image: Image.Image, x: float, y: float) -> tuple[int, ...]:
    found = image.getpixel((int(x * (image.width - 1)), int(y * (image.height - 1))))
    assert isinstance(found, tuple)
    return found


def is_near(found: tuple[int, ...], wanted: tuple[int, ...], by: int = 12) -> bool:
    return len(found) == len(wanted) and all(abs(one - other) <= by for one, other in zip(found, wanted, strict=True))


def test_a_photo_of_12_megapixels() -> None:
    content = pictures.photo()
    assert b"Somephone" in content and pictures.opened(content).getexif().get_ifd(0x8825), "it tells where it was taken"
    began = time.process_time()
    picture = developed(content, "image/jpeg")
    assert time.process_time() - began < 3, "a function pays for each second"
    assert (picture.width, picture.height) == (4000, 3000)
    assert shapes(picture) == [(1280, 960), (640, 480), (320, 240)]
    for size in picture.sizes:
        for kind, held in (("WEBP", size.webp), ("JPEG", size.jpeg)):
            image = pictures.opened(held)
            assert (image.format, image.mode, image.size) == (kind, "RGB", (size.width, size.height))
            assert not image.getexif() and not {"exif", "icc_profile", "comment", "xmp"} & image.info.keys()
            assert b"Exif" not in held and b"Somephone" not in held
    assert len(picture.sizes[0].webp) < len(content) / 2


def test_its_memory_is_bounded(tmp_path: Path) -> None:
    """Decoded whole it would be 36 MB, and each copy of it as much again."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(pictures.photo())
    program = f"""
import resource
from pathlib import Path
from chalicelib.photos.pictures import developed
content = Path({str(path)!r}).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
developed(content, "image/jpeg")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 60_000


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_however_the_camera_was_held(orientation: int) -> None:
    picture = developed(pictures.lying_down(orientation), "image/jpeg")
    turned = orientation >= 5
    assert (picture.width, picture.height) == ((200, 400) if turned else (400, 200))
    assert shapes(picture) == ([(200, 400)] if turned else [(400, 200), (320, 160)])
    begins_red = {
        1: (0, 0.5),
        2: (1, 0.5),
        3: (1, 0.5),
        4: (0, 0.5),
        5: (0.5, 0),
        6: (0.5, 0),
        7: (0.5, 1),
        8: (0.5, 1),
    }
    x, y = begins_red[orientation]
    for size in picture.sizes:
        for content in (size.webp, size.jpeg):
            image = pictures.opened(content)
            assert is_near(colour(image, x, y), RED) and is_near(colour(image, 1 - x, 1 - y), BLUE)


def test_an_animated_gif_is_its_first_frame() -> None:
    picture = developed(pictures.animated_gif(), "image/gif")
    assert shapes(picture) == [(500, 300), (320, 192)]
    for content in (picture.sizes[0].webp, picture.sizes[0].jpeg):
        image = pictures.opened(content)
        assert is_near(colour(image, 0.5, 0.5), RED) and getattr(image, "n_frames", 1) == 1


def test_a_cmyk_jpeg_has_its_colours() -> None:
    picture = developed(pictures.cmyk_jpeg(), "image/jpeg")
    for content in (picture.sizes[0].webp, picture.sizes[0].jpeg):
        assert is_near(colour(pictures.opened(content), 0.5, 0.5), (200, 30, 30))


def test_what_one_sees_through_stays_so_or_lies_on_white() -> None:
    first = developed(pictures.see_through_png(), "image/png").sizes[0]
    webp, jpeg = pictures.opened(first.webp), pictures.opened(first.jpeg)
    assert is_near(colour(webp, 0.1, 0.5), (*BLUE, 255)) and colour(webp, 0.9, 0.5)[3] == 0
    assert is_near(colour(jpeg, 0.1, 0.5), BLUE) and is_near(colour(jpeg, 0.9, 0.5), (255, 255, 255))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1, 1), [(1, 1)]),
        ((320, 10), [(320, 10)]),
        ((641, 2), [(641, 2), (640, 2), (320, 1)]),
        ((3000, 1), [(1280, 1), (640, 1), (320, 1)]),
        ((30, 16_383), [(30, 16_383)]),
    ],
)
def test_nothing_is_enlarged_and_nothing_vanishes(size: tuple[int, int], expected: list[tuple[int, int]]) -> None:
    picture = developed(pictures.file_of(Image.new("L", size, 200), "PNG"), "image/png")
    assert shapes(picture) == expected
    assert [pictures.opened(one.webp).size for one in picture.sizes] == expected


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "I;16", "RGB", "RGBA"])
def test_every_kind_of_png(mode: str) -> None:
    image = Image.new("I;16", (40, 30), 0xFFFF) if mode == "I;16" else Image.new("RGB", (40, 30), "white").convert(mode)
    [size] = developed(pictures.file_of(image, "PNG"), "image/png").sizes
    assert is_near(colour(pictures.opened(size.jpeg), 0.5, 0.5), (255, 255, 255))


def test_colours_are_what_their_profile_says() -> None:
    """Colours follow the profile, even one that swaps red and green; without a usable profile they stay as they are."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"none").replace(b"gXYZ", b"rXYZ").replace(b"none", b"gXYZ")
    for profile, expected in ((srgb, (0, 255, 0)), (swapped, (255, 0, 0)), (b"no profile", (0, 255, 0))):
        content = pictures.file_of(Image.new("RGB", (9, 9), "lime"), "JPEG", quality=95, icc_profile=profile)
        image = pictures.opened(developed(content, "image/jpeg").sizes[0].jpeg)
        assert is_near(colour(image, 0.5, 0.5), expected) and "icc_profile" not in image.info


# Files that cost far more than they show


def zipped(size: int) -> bytes:
    """A text or profile in a PNG, compressed to a thousandth."""
    return b"k\0\0" + zlib.compress(b"\0" * size)


COSTLY = {
    "400 scans": (pictures.of_many_scans(400), "image/jpeg", "too many scans"),
    "51 scans of 12 megapixels": (pictures.of_many_scans(51, 4000, 3000), "image/jpeg", "too many scans"),
    "a million comments": (pictures.with_segments(b"\xff\xfe\0\2", 1_000_000), "image/jpeg", "too many parts"),
    "a million chunks": (pictures.with_chunks(b"teSt", b"", 1_000_000), "image/png", "too many parts"),
    "a comment in a million blocks": (pictures.with_a_comment(1_000_000), "image/gif", "too many parts"),
    "only marks": (b"\xff\xd8" + b"\xff" * 2_000_000 + b"\0", "image/jpeg", "too many parts"),
    "only junk": (b"\xff\xd8" + b"\0" * 2_000_000, "image/jpeg", "too many parts"),
    "junk": (pictures.with_segments(b"\0" * 100 + b"\xff\xfe\0\2", 1_000), "image/jpeg", "too many parts"),
    "packed text": (pictures.with_chunks(b"zTXt", zipped(60_000_000), 1), "image/png", "damaged"),
    "much packed text": (pictures.with_chunks(b"zTXt", zipped(1_000_000), 100), "image/png", "damaged"),
    "packed international text": (
        pictures.with_chunks(b"iTXt", b"k\0\1\0\0\0" + zlib.compress(b"\0" * 60_000_000), 20), "image/png", "damaged",
    ),
    "a packed profile": (pictures.with_chunks(b"iCCP", zipped(100_000_000), 1), "image/png", "damaged"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "type", "reason"), COSTLY.values(), ids=COSTLY)
def test_what_would_cost_much_is_refused_before_it_is_opened(content: bytes, type: str, reason: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def refuse() -> None:
        with pytest.raises(PictureError, match=reason):
            developed(content, type)

    _, calls = counted(refuse)
    assert calls < 10 * MOST_PARTS, "whatever is in it"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "it was not unpacked"


@pytest.mark.parametrize(
    ("content", "type", "most"),
    [
        (pictures.of_many_scans(MOST_SCANS), "image/jpeg", 10_000),
        (pictures.of_many_frames(3_000, "GIF"), "image/gif", 1_000),
        (pictures.of_many_frames(300, "WEBP"), "image/webp", 1_000),
        (pictures.with_segments(b"\xff\xfe\0\x0e\xff\xda and so on", 300), "image/jpeg", 50_000),
        (pictures.with_chunks(b"tEXt", b"k\0v", 300), "image/png", 50_000),
        (pictures.with_a_comment(3_000), "image/gif", 100_000),
    ],
    ids=["scans", "frames of a GIF", "frames of a WebP", "segments", "chunks", "blocks"],
)
def test_what_programs_write_is_taken_and_one_frame_of_it_is_read(content: bytes, type: str, most: int) -> None:
    picture, calls = counted(lambda: developed(content, type))
    assert shapes(picture)[0][0] <= 100 and calls < most


def test_a_profile_beyond_all_measure_is_passed_over() -> None:
    content = pictures.file_of(Image.new("RGB", (9, 9), "lime"), "JPEG", icc_profile=b"\0" * 5_000_000)
    assert is_near(colour(pictures.opened(developed(content, "image/jpeg").sizes[0].jpeg), 0.5, 0.5), (0, 255, 0))


# Refusals, by content and not by label


@pytest.mark.parametrize(
    ("content", "type", "reason"),
    [
        (b"", "image/png", "damaged or not a picture"),
        (b"<html><script>alert(1)</script></html>", "image/jpeg", "damaged or not a picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/png", "damaged or not a picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 500, "image/jpeg", "damaged or not a picture"),
        (b"GIF89a" + b"\xff" * 40, "image/gif", "damaged or not a picture"),
        (pictures.photo(800, 600)[:9_000], "image/jpeg", "damaged or not a picture"),
        (pictures.one_by_one(), "image/jpeg", "claims to be a JPEG, but is a PNG"),
        (pictures.cmyk_jpeg(), "image/webp", "claims to be a WebP, but is a JPEG"),
        (pictures.file_of(Image.new("RGB", (9, 9)), "TIFF"), "image/jpeg", "damaged or not a picture"),
        (pictures.bomb(9_000), "image/png", "more than 64 megapixels"),
        (pictures.bomb(30_000), "image/png", "more than 64 megapixels"),
        (pictures.file_of(Image.new("1", (2, 17_000)), "PNG"), "image/png", "too tall"),
    ],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else value,
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_refused(content: bytes, type: str, reason: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(PictureError, match=reason):
        developed(content, type)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "it was not unpacked"
    assert MOST_PIXELS == 64_000_000
