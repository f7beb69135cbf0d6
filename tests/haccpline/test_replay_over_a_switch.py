"""A record in which a plan took over from another is decided again, each part by the plan that held."""

from __future__ import annotations

import pytest
from recorded_line import at, read

from readings.block import Block
from readings.times import format_time

HEAD = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: %s
reorder: 1 h
line: {state: {from: phase, codes: {"1": idle, "2": hold}}}
sensors:
  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}
  phase: {unit: code, every: 60 s, silent_after: 5 min}
ccps:
  - id: C
    critical:
"""
CONTINUOUS = HEAD + "      - {id: a, kind: threshold, of: air, at_most: %s degC, for_more_than: 3 min}\n"
PER_BATCH = HEAD + "      - {id: a, kind: dwell, of: air, at_least: %s degC, for: 4 min, during: hold}\n"


def said(minute: int) -> Block:
    """Air swings around its limits; batches of nine minutes, every twelve."""
    return read(minute, air=4.0 + minute % 7 * 0.5, phase=2.0 if minute % 12 < 9 else 1.0)


@pytest.mark.parametrize(("text", "switched"), [(CONTINUOUS, 40), (PER_BATCH, 45)])
def test_a_record_over_a_switch_is_decided_again(record, text: str, switched: int):
    """Every span comes out again, of the plan before and of the plan behind; nothing is passed over."""
    record.adopt(text % ("2023-01-01T00:00:00Z", "5.0"), 0)
    record.hear(*(said(minute) for minute in range(1, 20)))
    record.adopt(text % (format_time(at(40)), "6.0"), 19)
    record.hear(*(said(minute) for minute in range(20, 100)))
    sentence, holds = record.decided_again()
    [replaced] = [each.content for each in record.ledger.read(0, kind="plan.replaced")]
    assert replaced["from"] == format_time(at(switched))
    assert holds, sentence
    assert sentence.endswith("from 198 readings: the same")
    assert len({each.content["plan"] for each in record.ledger.read(0, kind="verdict")}) == 2
