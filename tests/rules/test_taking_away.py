"""Promise 1: whoever takes evidence away never makes anything ok.

Not so where the plan says otherwise: points that are spared, exceptions, and returns that are watched (`clears`: a
deviation that lies whole in what is lost leaves none to be watched). A bridge may, and says so.
"""

from __future__ import annotations

import random
from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.times import SECOND

PLAN = """
line:
  {unit: zone, zones: [Z], state: {from: st, codes: {0: stopped, 1: running}}, judged_when: running, settle: 20 s}
sensors:
  st: {unit: code, every: 10 s, silent_after: 60 s}
  air: {zones: {Z: 1 point}, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  two: {zones: {Z: 2 points}, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
  door: {zones: [Z], unit: bool, every: 10 s, silent_after: 45 s}
ccps:
  - id: C
    critical:
      - {id: plain, kind: threshold, of: air, at_most: 5.0 degC}
      - {id: hold, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 25 s, confirm: 2 readings}
      - {id: long, kind: band, of: air, at_least: 1.0 degC, at_most: 6.0 degC, for_more_than: 80 s}
      - {id: confirm, kind: threshold, of: air, at_most: 5.0 degC, confirm: 4 readings}
      - {id: stopped, kind: threshold, of: air, at_most: 5.0 degC, for_more_than: 25 s, during: stopped, after: 0 s}
      - {id: points, kind: threshold, of: two, at_most: 5.0 degC, for_more_than: 30 s}
      - {id: points-confirm, kind: threshold, of: two, at_most: 5.0 degC, confirm: 3 readings}
      - {id: held, kind: state_held, of: door, is: false, off_at_most: 25 s}
    operating:
      - {id: points-long, kind: threshold, of: two, at_most: 4.0 degC, for_more_than: 60 s}
      - {id: always, kind: state_held, of: door, is: true, off_at_most: 70 s, during: [running, stopped], after: 10 s}
"""
SILENT = {"st": 60, "air/Z.1": 35, "two/Z.1": 35, "two/Z.2": 35, "door/Z.1": 45}
NOT_OK = ("deviation", "indeterminate", "operating")


@pytest.fixture(scope="module")
def plant(make_bench):
    """The line, ready to be judged."""
    return make_bench(PLAN)


def readings(chance: random.Random, size: int) -> list[tuple[str, float, float | None]]:
    """Noise around the limits, with gaps of its own."""
    rows: list[tuple[str, float, float | None]] = []
    for name in SILENT:
        value = 4.0 if name[0] in "at" else 1.0
        for number in range(size):
            if name[0] in "at":
                value = max(0.0, min(9.0, value + chance.choice([-1.5, -0.5, 0, 0, 0.5, 1.5])))
            elif chance.random() < 0.12:
                value = 1 - value
            if chance.random() > 0.12:
                at = number * 10 + chance.randrange(3)
                rows.append((name, at, value if chance.random() > 0.05 else None))
        start = chance.randrange(size) * 10
        end = start + chance.randrange(3, 12) * 10
        rows = [row for row in rows if row[0] != name or not start <= row[1] < end]
    return sorted(rows, key=lambda row: (row[1], row[0]))


def usable_around(rows, name: str, start: float, end: float, until: float) -> tuple[float, float]:
    """The last usable reading before and the first behind; where there is none, far before, and the end."""
    times = [at for each, at, value in rows if each == name and value is not None]
    return max((at for at in times if at < start), default=-1000), min(
        (at for at in times if at >= end), default=until
    )


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    size=st.sampled_from([8, 25, 50]),
    name=st.sampled_from(sorted(SILENT)),
    place=st.floats(0, 1),
    length=st.integers(1, 25),
    unusable=st.booleans(),
)
def test_taking_readings_away_makes_nothing_ok(plant, seed, size, name, place, length, unusable):
    """Readings lost, or made unusable, for longer than the silence: what was not ok with them is not ok without."""
    rows = readings(random.Random(seed), size)
    until = size * 10 + 100
    start = int(place * size) * 10
    end = start + length * 10
    before, behind = usable_around(rows, name, start, end, until)
    first = rows[0]
    if behind - before <= SILENT[name] or (first[0] == name and start <= first[1] < end):
        return
    gone = [row for row in rows if row[0] == name and start <= row[1] < end]
    less = [row for row in rows if row not in gone]
    if unusable:
        less = sorted([*less, *((name, at, None) for _, at, _ in gone)], key=lambda row: (row[1], row[0]))
    with_them, without = (plant.decisions(each, until=until) for each in (rows, less))
    for limit in plant.program.limits:
        points, fewer = with_them.timeline(limit), without.timeline(limit)
        for time in sorted({point.start for point in (*points, *fewer)}):
            was, now = (
                each[bisect_right(each, time, key=lambda point: point.start) - 1] for each in (points, fewer)
            )
            assert not (was.verdict in NOT_OK and now.verdict == "ok"), (limit.limit, time / SECOND, was, now)


BRIDGED = """
sensors:
  air: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, slew_at_most: 3 K/min}
  two: {points: 2 points, unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}
by_hand:
  hand: {unit: degC, resolution: 0.1, every: 100 s}
ccps:
  - id: C
    critical:
      - {id: plain, kind: threshold, of: air, at_most: 5.0 degC}
    silence: {bridge: {up_to: 120 s}, by_hand: {of: hand}}
  - id: E
    critical:
      - {id: hold, kind: band, of: air, at_least: 1.0 degC, at_most: 6.0 degC, for_more_than: 25 s, confirm: 2 readings}
    silence: {bridge: {up_to: 120 s}}
  - id: D
    critical: [{id: points, kind: threshold, of: two, at_most: 5.0 degC}]
    silence: {bridge: {up_to: 90 s, if: others good}}
"""
OF_BRIDGED = ("air", "two/1", "two/2", "hand")


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    name=st.sampled_from(OF_BRIDGED),
    start=st.integers(0, 39),
    length=st.integers(1, 14),
)
def test_what_is_ok_without_readings_says_by_what(make_bench, seed, name, start, length):
    """Bridged, or by hand: where less evidence makes anything ok, the verdict says what it rests on."""
    bench, chance = make_bench(BRIDGED), random.Random(seed)
    rows = []
    for each in OF_BRIDGED:
        value = 4.0
        for number in range(40):
            value = max(0.0, min(9.0, value + chance.choice([-1.5, -0.5, 0, 0, 0.5, 1.5])))
            if chance.random() < (0.15 if each == "hand" else 0.9):
                rows.append((each, number * 10 + chance.randrange(3), value))
    rows.sort(key=lambda row: (row[1], row[0]))
    end = (start + length) * 10
    less = [row for row in rows if row[0] != name or not start * 10 <= row[1] < end]
    before, behind = usable_around(rows, name, start * 10, end, 500)
    if (name != "hand" and behind - before <= 35) or less[:1] != rows[:1]:
        return
    with_them, without = (bench.decisions(each, until=500) for each in (rows, less))
    for limit in bench.program.limits:
        points, fewer = with_them.timeline(limit), without.timeline(limit)
        for time in sorted({point.start for point in (*points, *fewer)}):
            was, now = (
                each[bisect_right(each, time, key=lambda point: point.start) - 1] for each in (points, fewer)
            )
            if was.verdict in NOT_OK and now.verdict == "ok":
                assert now.reason.startswith(("bridged", "by hand")), (limit.limit, time / SECOND, was, now)
