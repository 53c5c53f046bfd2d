"""Language detection."""

from __future__ import annotations

import functools
import threading
from typing import Any

# Languages that a voice speaks, by Translate's codes; fewer choices mean fewer mistakes in short texts.
LANGUAGES = (
    "ar", "ca", "cs", "cy", "da", "de", "en", "es", "fi", "fr", "hi", "is",
    "it", "ja", "ko", "nl", "no", "pl", "pt", "ro", "ru", "sv", "tr", "zh",
)  # fmt: skip
_loading = threading.Lock()


def detected(text: str) -> tuple[str, float]:
    """The language, and the confidence from 0 to 1."""
    with _loading:
        identifier = _identifier()
    language, confidence = identifier.classify(text)
    return str(language), float(confidence)


@functools.cache
def _identifier() -> Any:
    from py3langid import langid  # takes half a second: imported only when needed

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
