"""A small file that is written anew again and again, also on a disk that is full: by turns in the room of two."""

from __future__ import annotations

import os
from pathlib import Path

_ROOM = 16_384  # bytes: what is written fills a multiple of so many, so that more to say finds room as well


def write_in_turn(path: Path, text: str) -> None:
    """Put a text in place of a file at once; who opens it beside this reads the old one or the new one, whole.

    What the file was before becomes the draft of the next time, so that room is never given back; blanks fill what is
    left of it. Who has it open for longer than until then reads what is being written.

    Args:
        path: of the file; beside it lies its draft.
        text: to be written.

    Raises:
        OSError: it cannot be written; the file is as it was.
    """
    draft, kept = path.with_suffix(".draft"), path.with_suffix(".kept")
    if kept.exists() and not (path.exists() and kept.samefile(path)):
        kept.replace(draft)  # killed before it had done so
    data = text.encode()
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o644), "wb") as file:
        file.write(data.ljust(-(-len(data) // _ROOM) * _ROOM))
        file.truncate()
    kept.unlink(missing_ok=True)
    if path.exists():
        os.link(path, kept)
    draft.replace(path)
    if kept.exists():
        kept.replace(draft)
