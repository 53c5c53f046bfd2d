"""eSpeak NG through ctypes: text in, samples out."""

from __future__ import annotations

import ctypes
import os
import threading
from pathlib import Path

import espeakng_loader

RATE = 22050
WORDS_A_MINUTE = 160  # where it is easiest to understand
_SYNCHRONOUS = 2
_UTF8, _SSML = 0x01, 0x10
_SPEED = 1

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """Only one per process: the library keeps its state in globals and is not thread-safe."""

    def __init__(self) -> None:
        data = Path(espeakng_loader.get_data_path())
        os.chdir(data.parent)  # the library truncates its data path at 160 bytes: "." is short anywhere
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        if self._library.espeak_Initialize(_SYNCHRONOUS, 0, b".", 0) != RATE:
            raise RuntimeError(f"eSpeak NG can't read its data in {data}")
        self._samples: list[bytes] = []
        self._callback = _Callback(self._collect)  # the library calls it as long as it lives
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_SetParameter(_SPEED, WORDS_A_MINUTE, 0)
        self._turn = threading.Lock()

    def speak(self, text: str, voice: str, variant: str, *, ssml: bool = False) -> bytes:
        """16-bit samples, one channel, `RATE` per second."""
        spoken = _without_commands(text).encode("utf-8", "replace")
        with self._turn:
            # By file name: en-gb, fr-fr and others aren't found by language.
            if self._library.espeak_SetVoiceByName(f"{voice}+{variant}".encode()):
                raise LookupError(f"eSpeak NG has no voice {voice}")
            self._samples.clear()
            flags = _UTF8 | (_SSML if ssml else 0)
            size = ctypes.c_size_t(len(spoken) + 1)
            if self._library.espeak_Synth(spoken, size, 0, 0, 0, flags, None, None):
                raise RuntimeError("eSpeak NG could not speak")
            return b"".join(self._samples)

    def _collect(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if samples and count > 0:
            self._samples.append(ctypes.string_at(samples, 2 * count))
        return 0


def _without_commands(text: str) -> str:
    """Control characters end a text or change the voice within it; drop them."""
    return "".join(" " if ord(character) < 32 and character not in "\n\t" else character for character in text)
