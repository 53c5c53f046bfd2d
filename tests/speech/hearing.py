"""Speech recognition: which of a few sentences is said, if any."""

from __future__ import annotations

from pathlib import Path

from pocketsphinx import Decoder

from tests.speech import mp3

SENTENCES = (
    "the library opens at nine in the morning",
    "my sister plays the violin every evening",
    "we are going to the beach on saturday",
    "please close the window before you leave",
    "the train to london was twenty minutes late",
    "he bought a new bicycle for his daughter",
    "there is a red umbrella behind the door",
    "nobody knows the answer to that question",
    "she works as a doctor in a small hospital",
    "our neighbors have three dogs and a cat",
    "could you bring me a glass of water",
    "the museum is closed on monday",
    "they painted the kitchen yellow last summer",
    "i would like to learn another language",
)
_RATE = 16000
_HALF_A_SECOND = bytes(_RATE)


class Listener:
    def __init__(self, folder: Path) -> None:
        grammar = folder / "sentences.jsgf"
        grammar.write_text(f"#JSGF V1.0; grammar sentences; public <sentence> = {' | '.join(SENTENCES)};")
        self._decoder = Decoder(jsgf=str(grammar), samprate=_RATE, loglevel="FATAL")

    def hear(self, audio: bytes) -> str | None:
        """The sentence that is said from its first to its last word."""
        self._decoder.start_utt()
        self._decoder.process_raw(_HALF_A_SECOND + mp3.samples(audio, _RATE) + _HALF_A_SECOND, False, True)
        self._decoder.end_utt()
        heard = self._decoder.hyp()
        return heard.hypstr if heard and heard.hypstr in SENTENCES else None
