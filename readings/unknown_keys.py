"""Keys of a file that are not known, and which were probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

_NONE: Mapping[str, str] = MappingProxyType({})


def unknown_keys(
    given: Mapping[Any, Any], known: Collection[str], other_words: Mapping[str, str] = _NONE
) -> str:
    """A line for each key that is not known; nothing where all are.

    Args:
        given: what a file says, by its keys.
        known: the keys that there are.
        other_words: what people write for some of them.
    """
    return "\n".join(_unknown(str(key), known, other_words) for key in given if key not in known)


def _unknown(key: str, known: Collection[str], other_words: Mapping[str, str]) -> str:
    plain = re.sub(r"[\s-]+", "_", key).lower().rstrip("_")
    other = other_words.get(plain, "")
    close = difflib.get_close_matches(plain, known, 1, 0.6)
    meant = next((each for each in (plain, other, *close) if each in known), None)
    hint = f"did you mean {meant}?" if meant else f"known here: {', '.join(sorted(known))}"
    return f"unknown key {key}; {hint}"
