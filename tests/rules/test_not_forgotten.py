"""What late truth may still change is not forgotten: an event that it reaches back to stays one event."""

from __future__ import annotations

PLAN = """
reorder: 1 min
sensors:
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 60 s}}
ccps:
  - id: C
    critical: [{id: a, kind: threshold, of: air, at_most: 5.0 degC}]
    silence: {case: {after: 2 min}}
"""


def test_a_late_reading_that_shows_an_instrument_stuck_long_ago_revises_the_deviation_before(bench):
    """Above 5.0 degC at 100 and 110 s, then 2.5 degC: 40 s of it to 160 s, 10 s from 400 s on, and at 430 s it moves,
    and is above the limit again at 440 s.

    The reading of 420 s comes last: with it 60 s of one number were seen, so it was stuck since 120 s. So nothing says that
    the deviation of 100 s ended before 430 s, and it is one with the one that was told to have ended at 120 s.
    """
    rows = [("air", at, 3.0 + at // 10 % 2 / 10) for at in range(0, 100, 10)]
    rows += [("air", 100, 6.0), ("air", 110, 6.1)]
    rows += [("air", at, 2.5) for at in (*range(120, 170, 10), 400, 410)]
    rows += [("air", 430, 3.0), ("air", 440, 6.2), ("air", 420, 2.5)]
    plant = bench(PLAN)
    whole = plant.decisions(rows, until=450)
    live, told = plant.lived(rows, size=1, until=450)
    spans = [
        sorted((event.start, event.end, event.kind) for event in each.events()) for each in (live, whole)
    ]
    assert spans[0] == spans[1]
    opened = [change.event for change in told if change.what == "opened" and change.event.kind == "deviation"]
    assert len(opened) == 2
