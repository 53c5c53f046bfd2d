"""Samples to MP3, as Polly sends it: one channel, a constant 48 kbit/s."""

from __future__ import annotations

import lameenc

KILOBITS = 48


def encoded(samples: bytes, rate: int, wanted_rate: int) -> bytes:
    """LAME resamples if another rate is wanted."""
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(1)
    encoder.set_bit_rate(KILOBITS)
    encoder.set_in_sample_rate(rate)
    encoder.set_out_sample_rate(wanted_rate)
    encoder.set_quality(5)
    return bytes(encoder.encode(samples)) + bytes(encoder.flush())
