"""Deciding a package again tells how far it is, and decides the same however its readings are cut."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest

from haccpline import progress, proving
from readings.block import Block, BlockBuilder
from readings.inputs import Series, State
from readings.times import MINUTE


def enclosed() -> Block:
    """Two sensors each minute for ten minutes, and texts at minutes 0, 4 and 30."""
    builder = BlockBuilder()
    for minute in range(10):
        for name in ("air", "core"):
            builder.reading(Series("l", name), time=minute * MINUTE, value=1.0, received=0)
    for minute in (0, 4, 30):
        builder.state(State(minute * MINUTE, "l", "mode", str(minute)))
    return builder.build()


@pytest.mark.parametrize("size", [1, 3, 4, 7, 100])
def test_readings_are_cut_between_times(monkeypatch, size):
    """What is of one time stands together, nothing is lost or doubled, and each text comes with its time."""
    monkeypatch.setattr(proving, "_AT_ONCE", size)
    whole = enclosed()
    parts = list(proving._parts(whole))
    assert np.concatenate([part.time for part in parts]).tolist() == whole.time.tolist()
    assert [said for part in parts for said in part.states] == list(whole.states)
    edges = [(int(a.time[-1]), int(b.time[0])) for a, b in pairwise(parts)]
    assert all(before < behind for before, behind in edges)
    for part in parts[:-1]:
        assert all(said.time <= int(part.time[-1]) for said in part.states)


def test_whoever_waits_at_a_terminal_is_told_how_far_it_is(monkeypatch):
    """In one line that is wiped at the end."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(progress.sys, "stderr", terminal)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    told = progress.Progress()
    told.tell(lambda: "cold-3: 1,000 readings read")
    told.end()
    assert terminal.getvalue() == "\r\033[Kcold-3: 1,000 readings read\r\033[K"
