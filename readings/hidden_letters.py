"""Letters by which a text reads differently from what it says: they have no place in a record."""

from __future__ import annotations

import unicodedata

_TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


def hides(text: str) -> bool:
    """Whether it holds control characters, other than line breaks and tabs, or letters that turn its direction."""
    return any(_hidden(letter) for letter in text)


def blank(text: str) -> bool:
    """Whether there is nothing to see in it; a format character alone is nothing."""
    return all(letter.isspace() or unicodedata.category(letter) == "Cf" for letter in text)


def _hidden(letter: str) -> bool:
    turns = unicodedata.bidirectional(letter) in _TURNING
    return turns or (unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\r\t")
