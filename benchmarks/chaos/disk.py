"""A small disk that can be filled to the last byte: a tmpfs, where this may be mounted."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = 64 << 20


@contextmanager
def small_disk(place: Path) -> Iterator[bool]:
    """A disk of 64 MB at a folder as long as the context lasts; whether it could be mounted."""
    place.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    mounted = os.geteuid() == 0 and not subprocess.run(command, capture_output=True, check=False).returncode
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> None:
    """Take all the room there is."""
    with (place / "filler").open("wb", buffering=0) as filler:
        while (room := os.statvfs(place)).f_bavail:
            try:
                filler.write(b"\0" * (room.f_bavail * room.f_frsize))
            except OSError:
                return  # somebody else took the rest


def empty(place: Path) -> None:
    """Give it back."""
    (place / "filler").unlink(missing_ok=True)
