"""Errors of the gateway; each message names the source, device, topic or file, and what to do."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from readings.errors import HaccplineError

# what msgspec raises where bytes are no JSON of the kind that was asked for, its texts not UTF-8, or nested too deep
NOT_JSON: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_LONGEST = 60  # letters


class SourceError(HaccplineError):
    """A source's settings do not fit the plan, or its other end refuses to be read as they say."""


class FileError(HaccplineError):
    """A file of readings cannot be read as it is; the message begins with `FILE:LINE:`."""


def no_json(error: Exception) -> str:
    """Why a payload is not the JSON that was asked for, for people.

    Args:
        error: one of `NOT_JSON`.
    """
    if isinstance(error, UnicodeDecodeError):
        return f"the payload is not UTF-8 text: {error}"
    if not isinstance(error, msgspec.ValidationError):
        return f"the payload is not JSON: {str(error).removeprefix('JSON is malformed: ')}"
    bare = str(error).removeprefix("Expected `object`, got ") in ("`int`", "`float`")
    hint = "; for a bare number write payload: number" if bare else ""
    return f"the payload is JSON, but not of the form that the mapping reads: {error}{hint}"


class PayloadError(Exception):
    """A message cannot be read as the settings say; what it says is kept with it in quarantine."""


class OtherMessageError(PayloadError):
    """The message is not even of the form in which its condition could be met: it is meant for another mapping."""


def shown(field: Any) -> str:
    """What a message holds, as an error names it: never long, and never an error itself, however deep it is nested."""
    try:
        text = repr(field)
    except RecursionError:
        return f"{type(field).__name__} in {type(field).__name__}, and so on"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
