"""A small file that is written anew finds room on a disk that is full, and is always whole."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from haccpline.spare_file import write_in_turn


def test_each_text_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    """A shorter one too; who opened the file before still reads what it was."""
    path = tmp_path / "health.json"
    write_in_turn(path, '{"words": "long enough, and ü"}')
    with path.open("rb") as before:
        write_in_turn(path, "{}")
        assert json.loads(before.read()) == {"words": "long enough, and ü"}
    assert json.loads(path.read_bytes()) == {}
    write_in_turn(path, "[3]")
    assert json.loads(path.read_bytes()) == [3]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["health.draft", "health.json"]


def test_it_finds_room_on_a_full_disk(small_disk: Path) -> None:
    """What it was written in before is kept for it: it can say that the disk is full, and more than it said before."""
    path = small_disk / "health.json"
    for said in ("a", "b"):
        write_in_turn(path, json.dumps(said * 5000))
    room = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(b"\0" * (room.f_bavail * room.f_frsize))
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "more").write_bytes(b"\0" * 5000)
    for said in ("c", "d", "e"):
        write_in_turn(path, json.dumps(said * 9000))
        assert json.loads(path.read_bytes()) == said * 9000


@pytest.mark.parametrize("step", ["link", "replace", "second replace"])
def test_killed_anywhere_it_finds_room_again(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Of the names that it gave and took back nothing is lost: the next turn has the room of two files again."""
    path = small_disk / "health.json"
    for said in ("a", "b"):
        write_in_turn(path, json.dumps(said * 5000))
    room = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(b"\0" * (room.f_bavail * room.f_frsize))
    with monkeypatch.context() as patch:
        _killed_after(patch, step)
        with pytest.raises(_KilledError):
            write_in_turn(path, json.dumps("c" * 5000))
    assert json.loads(path.read_bytes()) == ("b" if step == "link" else "c") * 5000
    for said in ("d", "e"):
        with path.open("rb") as before:
            write_in_turn(path, json.dumps(said * 5000))
            assert json.loads(before.read()) in ("b" * 5000, "c" * 5000, "d" * 5000)
        assert json.loads(path.read_bytes()) == said * 5000


class _KilledError(Exception):
    """The process ends here."""


def _killed_after(patch: pytest.MonkeyPatch, step: str) -> None:
    """Let it end behind the call that gives a second name, the one that puts in place, or the one behind that."""
    name, calls = step.rpartition(" ")[2], 2 if step.startswith("second") else 1
    where, left = (os, [calls]) if name == "link" else (Path, [calls])
    real = getattr(where, name)

    def last(*given: object) -> None:
        real(*given)
        left[0] -= 1
        if not left[0]:
            raise _KilledError

    patch.setattr(where, name, last)


def test_what_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """The draft is a folder here."""
    path = tmp_path / "health.json"
    path.write_text("{}")
    (tmp_path / "health.draft").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_in_turn(path, "[]")
    assert path.read_text() == "{}"
