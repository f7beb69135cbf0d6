"""Whether the disk that holds a site's data has room: with none nothing is recorded, whatever else is well."""

from __future__ import annotations

import shutil
from pathlib import Path

FULL = 64 << 10  # bytes: less than what a commit may need


def disk_full(folder: Path) -> bool:
    """Whether so little room is left where a folder lies that nothing can be committed; False where there is no folder."""
    try:
        return shutil.disk_usage(folder).free < FULL
    except FileNotFoundError:
        return False


def full_words(folder: Path) -> str:
    """That it is full, in words."""
    return f"the disk that holds {folder} is full: nothing can be recorded until there is room"
