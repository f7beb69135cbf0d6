"""What a process logs ends nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from haccpline.logs import log_to


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_an_event_is_one_line(tmp_path: Path) -> None:
    """It is there at once, with its level, whatever is logged after it."""
    with (tmp_path / "log").open("w") as stream:
        log_to(stream)
        structlog.get_logger("any").warning("ended", code=-9)
        said = (tmp_path / "log").read_text()
    assert said.endswith("level=warning event=ended code=-9\n")
    assert said.startswith("timestamp=20")


def test_a_log_on_a_full_disk_ends_nothing() -> None:
    """/dev/full takes nothing, as a full disk does."""
    with open(os.open("/dev/full", os.O_WRONLY), "w", closefd=True) as stream:  # noqa: PTH123 - a device
        log_to(stream)
        for number in range(1_000):
            structlog.get_logger("any").error("cannot write", number=number, words="x" * 1_000)
        with pytest.raises(OSError, match="No space left"):
            stream.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # what is left of it can go now


def test_a_log_that_nobody_reads_ends_nothing() -> None:
    """As when the reader of a pipe has gone."""
    read, write = os.pipe()
    os.close(read)
    with open(write, "w") as stream:  # noqa: PTH123 - a pipe
        log_to(stream)
        structlog.get_logger("any").error("cannot write")
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def test_after_a_full_disk_a_line_begins_anew(small_disk: Path) -> None:
    """What was cut in the middle stays so; what is logged when there is room again stands by itself, whole."""
    with (small_disk / "log").open("w") as stream:
        log_to(stream)
        logger = structlog.get_logger("any")
        room = os.statvfs(small_disk)
        (small_disk / "filler").write_bytes(b"\0" * (room.f_bavail * room.f_frsize))
        for number in range(200):
            logger.error("cannot write", number=number, words="x" * 1_000)
        (small_disk / "filler").unlink()
        logger.info("back")
        logger.info("on")
    *_, cut, back, on = [line for line in (small_disk / "log").read_text().split("\n") if line]
    assert "x" * 200 in cut
    assert back.startswith("timestamp=20")
    assert back.endswith("level=info event=back")
    assert on.endswith("level=info event=on")
