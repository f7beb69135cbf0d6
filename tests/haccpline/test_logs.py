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
