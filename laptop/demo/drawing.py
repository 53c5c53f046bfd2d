"""The demo's pictures, a page to print and a tune: all computed here, and the same each time."""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import Iterator, Sequence
from itertools import pairwise

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
_WIDE, _HIGH = 1600, 900
_PAPERS: dict[str, tuple[Colour, Colour, Colour]] = {
    "blue": ((24, 52, 92), (98, 146, 178), (240, 232, 214)),
    "red": ((110, 32, 38), (196, 112, 84), (244, 228, 206)),
    "green": ((28, 70, 58), (128, 160, 112), (242, 234, 206)),
}


def drawn(name: str) -> bytes:
    """The file of that name."""
    if name in _PAPERS:
        return _marbled(*_PAPERS[name])
    return {"index": _index, "tune": _tune, "desk": _desk, "letters": _letters}[name]()


def _marbled(*inks: Colour) -> bytes:
    """Bands of ink, combed to and fro, as on the endpapers of an old book."""
    wide, high, larger = 128, 96, 14
    drift = sum(inks[0]) / 40
    image = Image.new("L", (wide, high))
    image.putdata([_height(x / wide, y / wide, drift) for y in range(high) for x in range(wide)])
    image = image.resize((wide * larger, high * larger), Image.Resampling.BICUBIC)
    image.putpalette([part for height in range(256) for part in _ink(height, inks)])
    return _file(image.convert("RGB").reduce(2), "JPEG", quality=88)


def _height(x: float, y: float, drift: float) -> int:
    combed = y + 0.07 * math.sin(9 * x + 2 * math.sin(5 * y) + drift) + 0.025 * math.sin(31 * x + 9 * y)
    return round(127.5 + 127.5 * math.sin(30 * combed + 3 * math.sin(7 * x + 4 * combed + drift)))


def _ink(height: int, inks: Sequence[Colour]) -> Colour:
    """A map's contour lines, in a way: each band of heights has its ink, and a thin dark rim."""
    deep, middle, light = inks
    return next(
        ink for below, ink in ((70, deep), (140, middle), (152, deep), (225, light), (256, middle)) if height < below
    )


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _sky(stops: list[tuple[float, Colour]]) -> Image.Image:
    """A gradient from the top to the bottom."""
    column = Image.new("RGB", (1, _HIGH))
    for (above, upper), (below, lower) in pairwise(stops):
        for y in range(round(above * _HIGH), round(below * _HIGH)):
            column.putpixel((0, y), _between(upper, lower, (y / _HIGH - above) / (below - above)))
    return column.resize((_WIDE, _HIGH))


def _hills(draw: ImageDraw.ImageDraw, base: float, height: float, phase: float, colour: Colour) -> None:
    def ridge(x: int) -> float:
        return base - height * (math.sin(x / 310 + phase) + 0.45 * math.sin(x / 127 + 2 * phase))

    draw.polygon([(0, _HIGH), *((x, ridge(x)) for x in range(0, _WIDE + 10, 10)), (_WIDE, _HIGH)], fill=colour)


def _desk() -> bytes:
    """An open book below a window, at dusk."""
    image = Image.new("RGB", (_WIDE, _HIGH), (62, 50, 58))
    dusk = _sky([(0, (38, 48, 88)), (0.45, (150, 104, 128)), (0.75, (242, 178, 128)), (1, (250, 214, 160))])
    view = ImageDraw.Draw(dusk)
    view.ellipse((960, 380, 1100, 520), fill=(255, 236, 196))
    _hills(view, 560, 40, 1.2, (112, 84, 112))
    _hills(view, 625, 34, 3.1, (74, 60, 88))
    image.paste(dusk.crop((380, 60, 1220, 640)), (380, 60))
    draw = ImageDraw.Draw(image)
    for bar in ((380, 60, 1220, 640), (380, 60, 800, 640)):
        draw.rectangle(bar, outline=(222, 204, 184), width=18)
    draw.rectangle((340, 636, 1260, 668), fill=(222, 204, 184))
    draw.rectangle((0, 730, _WIDE, _HIGH), fill=(122, 78, 56))
    draw.rectangle((0, 730, _WIDE, 742), fill=(150, 98, 70))
    _book(draw)
    _inkwell(draw)
    return _file(image, "JPEG", quality=90)


def _book(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(500, 860), (560, 752), (1040, 752), (1100, 860)], fill=(70, 88, 120))
    for left, right, paper in ((516, 800, (246, 236, 214)), (800, 1084, (236, 222, 196))):
        inner, outer = (right, left) if right == 800 else (left, right)
        rim = outer + (54 if outer < inner else -54)
        draw.polygon([(outer, 848), (rim, 744), (inner, 756), (inner, 852)], fill=paper)
        for line in range(5):
            y, lean = 770 + line * 16, (54 - 11 * line) * (1 if outer < inner else -1)
            start, end = sorted((outer + lean + (46 if outer < inner else -46), inner + (-26 if outer < inner else 26)))
            draw.line((start, y, end - 60 * (line == 4), y), fill=(142, 124, 116), width=3)


def _inkwell(draw: ImageDraw.ImageDraw) -> None:
    draw.rounded_rectangle((1180, 742, 1290, 826), 18, fill=(40, 52, 78))
    draw.rounded_rectangle((1208, 716, 1262, 752), 8, fill=(58, 72, 102))
    quill = [(1236, 724), (1300, 560), (1390, 430), (1384, 520), (1318, 620), (1246, 726)]
    draw.polygon(quill, fill=(244, 238, 226))
    draw.line((1238, 726, 1384, 444), fill=(190, 178, 164), width=4)


def _letters() -> bytes:
    """Three envelopes on their way over the hills, in the morning."""
    image = _sky([(0, (116, 164, 190)), (0.5, (206, 214, 206)), (0.8, (248, 226, 190)), (1, (250, 220, 180))])
    draw = ImageDraw.Draw(image)
    draw.ellipse((1180, 330, 1360, 510), fill=(255, 244, 214))
    _hills(draw, 600, 46, 0.4, (150, 176, 170))
    _hills(draw, 690, 52, 2.3, (104, 142, 132))
    _hills(draw, 790, 44, 4.4, (66, 104, 98))
    for x, y, wide, tilt in ((430, 330, 300, -12.0), (800, 220, 210, 9.0), (1050, 150, 140, -6.0)):
        envelope = _envelope(wide).rotate(tilt, Image.Resampling.BICUBIC, expand=True)
        image.paste(envelope, (x - envelope.width // 2, y - envelope.height // 2), envelope)
    return _file(image, "JPEG", quality=90)


def _envelope(wide: int) -> Image.Image:
    high, fold = round(wide * 0.64), round(wide * 0.38)
    image = Image.new("RGBA", (wide, high))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, wide - 1, high - 1), wide // 24, fill=(252, 246, 232))
    draw.polygon([(0, wide // 28), (wide - 1, wide // 28), (wide // 2, fold)], fill=(232, 218, 194))
    seal = wide // 14
    draw.ellipse((wide // 2 - seal, fold - seal, wide // 2 + seal, fold + seal), fill=(176, 62, 56))
    return image


def _file(image: Image.Image, kind: str, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def _index() -> bytes:
    """A page to print: a box for each first letter of a word and the first vowel after it."""
    lines = ["0.5 w 0.45 0.4 0.35 RG", _words(60, 780, 20, "An index after Locke")]
    lines.append(_words(60, 760, 10, "The first letter of the word, the first vowel after it, and the pages."))
    for row, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        y = 716 - row * 26
        lines.append(_words(44, y + 8, 11, letter))
        for column, vowel in enumerate("aeiou"):
            x = 62 + column * 96
            lines += [f"{x} {y} 96 26 re S", _words(x + 4, y + 16, 7, vowel)]
    return _pdf("\n".join(lines).encode())


def _words(x: int, y: int, size: int, text: str) -> str:
    return f"BT /F {size} Tf {x} {y} Td ({text}) Tj ET"


def _pdf(content: bytes) -> bytes:
    """One page of A4."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
        b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
    ]
    file, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(b"%010d 00000 n \n" % len(file))
        file += b"%d 0 obj%b\nendobj\n" % (number, each)
    table = b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(objects) + 1, b"".join(places))
    return file + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(file))


_RATE = 8000
_BEAT = 0.36
# Semitones above A, and beats
_MELODY = ((3, 1), (7, 1), (10, 2), (8, 1), (7, 1), (5, 2), (3, 1), (5, 1), (7, 1), (2, 1), (3, 4))


def _tune() -> bytes:
    """Eight bars of two beats, plucked."""
    samples = [sample for semitone, beats in _MELODY for sample in _plucked(semitone, beats * _BEAT)]
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return written.getvalue()


def _plucked(semitone: int, seconds: float) -> Iterator[int]:
    turn = math.tau * 220 * 2 ** (semitone / 12) / _RATE
    last = round(seconds * _RATE)
    for at in range(last):
        fading = math.exp(-3 * at / _RATE) * min(1, at / 40, (last - at) / 200)
        yield round(12000 * fading * (math.sin(turn * at) + 0.3 * math.sin(2 * turn * at)))
