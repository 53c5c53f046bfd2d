"""The content of an MP3: its frames one by one, and its samples."""

from __future__ import annotations

from dataclasses import dataclass

import miniaudio

_KILOBITS = {  # by index, for layer III: of MPEG 1, and of MPEG 2 and 2.5
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


@dataclass(frozen=True)
class Mp3:
    frames: int
    rate: int
    seconds: float


def read(audio: bytes) -> Mp3:
    """Walk over the frames: there must be nothing else, all at one rate."""
    at = frames = 0
    rates = set()
    seconds = 0.0
    while at < len(audio):
        assert audio[at] == 0xFF and audio[at + 1] & 0xE6 == 0xE2, f"no frame of layer III at byte {at}"
        version = audio[at + 1] >> 3 & 3
        first = version == 3
        kilobits = _KILOBITS[first][audio[at + 2] >> 4]
        rate = _RATES[version][audio[at + 2] >> 2 & 3]
        samples = 1152 if first else 576
        at += samples // 8 * kilobits * 1000 // rate + (audio[at + 2] >> 1 & 1)
        frames, seconds = frames + 1, seconds + samples / rate
        rates.add(rate)
    assert at == len(audio) and len(rates) == 1, (at, len(audio), rates)
    return Mp3(frames, rates.pop(), seconds)


def samples(audio: bytes, rate: int) -> bytes:
    """Decoded: 16 bits, one channel."""
    mono = miniaudio.SampleFormat.SIGNED16
    return bytes(miniaudio.decode(audio, output_format=mono, nchannels=1, sample_rate=rate).samples.tobytes())
