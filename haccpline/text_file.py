"""A text file, or the sentence that says why there is none."""

from __future__ import annotations

from pathlib import Path

from readings.errors import HaccplineError


def read_text(path: Path) -> str:
    """A text file.

    Raises:
        HaccplineError: not there, or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise HaccplineError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise HaccplineError(f"{path}: not UTF-8 text (byte {error.start})") from error
