"""The truth of a fault is in the data: where it says that a limit is broken, the values break it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from readings.times import DAY, HOUR, MINUTE, SECOND, parse_time
from rules.compile_plan import compile_plan
from rules.plan_check import load_plan
from simulators.expectations import EXPECTED
from simulators.fault_script import load_faults
from simulators.faults import RETORT, STORE, WATER, Fault
from simulators.plant import LINES, plant
from simulators.truth import DEVIATION, INSTRUMENT, LOSS, NOTHING, Truth, truths

ROOT = Path(__file__).parents[2]
PLANS = {WATER: "packaged_water", RETORT: "retort", STORE: "frozen_store"}
MONDAY = parse_time("2026-12-07T00:00:00+08:00")
FAULTS = load_faults(Path(__file__).with_name("week.yaml"), now=MONDAY)
PLANT = plant(seed=1, faults=FAULTS)


@pytest.fixture(scope="module")
def known() -> tuple[Truth, ...]:
    """What is true of the week."""
    return truths(PLANT)


def test_every_fault_has_a_truth(known: tuple[Truth, ...]) -> None:
    """In the order of the faults; what each must give is as the script's comments say."""
    assert list(dict.fromkeys(truth.fault for truth in known)) == list(FAULTS)
    shown = [(truth.fault.kind, truth.raises, truth.sensor) for truth in known]
    assert shown == [
        ("low_ozone", DEVIATION, "o3_contact"),
        ("unplugged", LOSS, ""),
        ("unplugged", NOTHING, ""),
        ("stuck", INSTRUMENT, "o3_contact"),
        ("stuck", INSTRUMENT, "o3_filler"),
        ("clock_step", LOSS, ""),
        ("low_ozone", NOTHING, ""),
        ("low_ozone", DEVIATION, "o3_contact"),
        ("clock_step", NOTHING, ""),
        ("mute", LOSS, ""),
        ("refused", LOSS, "o3_contact"),
        ("slow", NOTHING, ""),
        ("cold_spot", DEVIATION, "r"),
        ("cold_spot", DEVIATION, "r"),
        ("cold_spot", NOTHING, ""),
        ("unplugged", LOSS, ""),
        ("unplugged", NOTHING, ""),
        ("stuck", INSTRUMENT, "r"),
        ("stuck", INSTRUMENT, "r"),
        ("clock_step", LOSS, ""),
        ("mute", LOSS, ""),
        ("refused", LOSS, "tid"),
        ("refused", NOTHING, ""),
        ("slow", NOTHING, ""),
        ("compressor", DEVIATION, "air"),
        ("compressor", DEVIATION, "food"),
        ("late_upload", NOTHING, ""),
        ("door_open", DEVIATION, "air"),
        ("door_open", NOTHING, ""),
        ("door_open", DEVIATION, "air"),
        ("unplugged", LOSS, ""),
        ("late_upload", LOSS, ""),
        ("clock_step", LOSS, ""),
    ]


def test_a_deviation_breaks_its_limit_and_only_through_its_fault(known: tuple[Truth, ...]) -> None:
    """Right before and after it nothing does; without the fault, nothing in it; at the points that are named."""
    for truth in (each for each in known if each.raises == DEVIATION):
        line, every = truth.fault.line, PLANT.every[truth.fault.line]
        (bound,) = {
            each
            for each in EXPECTED.bounds
            if (each.line, each.sensor) == (line, truth.sensor)
            and (not each.zone or truth.points[0].startswith(each.zone))
        }
        worst = max if bound.at_least is None else min

        def beyond(value: float, bound: Any = bound) -> bool:
            return value > bound.at_most + 0.05 if bound.at_least is None else value < bound.at_least - 0.005

        def value(made: Any, start: int, end: int, truth: Truth = truth, worst: Any = worst) -> float:
            series = made.played(truth.fault.line, start, end).series
            return float(
                worst(
                    worst(samples.value)
                    for key, samples in series.items()
                    if key[0] == truth.sensor and (not truth.points or key[1] in truth.points)
                )
            )

        assert beyond(value(PLANT, truth.start, truth.end)), truth
        assert not beyond(value(plant(seed=1), truth.start, truth.end)) or line == STORE
        assert not beyond(value(PLANT, truth.end + every, truth.end + 4 * every)) or line == RETORT
        assert truth.start >= truth.fault.start
        assert truth.lots


def test_lots_are_those_that_were_there(known: tuple[Truth, ...]) -> None:
    """By the local day and shift; a cold room's long warmth concerns two days' lots."""
    lots = {(truth.fault.kind, truth.sensor, truth.fault.start): truth.lots for truth in known}
    assert lots["low_ozone", "o3_contact", FAULTS[0].start] == ("W20261207-A",)
    compressor = next(fault for fault in FAULTS if fault.kind == "compressor")
    assert lots["compressor", "food", compressor.start] == ("D20261207", "D20261208")


def test_unplugged_leaves_no_sample_and_late_ones_come_at_its_end() -> None:
    """What was not taken is not there; what was kept has its own time and the time it was sent at."""
    for fault in FAULTS:
        if fault.kind == "unplugged":
            samples = next(
                iter(PLANT.played(fault.line, fault.start - MINUTE, fault.end + MINUTE).series.values())
            )
            assert not ((samples.time >= fault.start) & (samples.time < fault.end)).any()
            assert len(samples)
        if fault.kind == "late_upload":
            samples = PLANT.played(fault.line, fault.start, fault.end).series["air", "CS1.1"]
            assert len(samples) == (fault.end - fault.start) // MINUTE
            assert set(samples.received) == {fault.end + 200_000_000}


def test_stuck_counts_stand_still_where_they_stood() -> None:
    """From the fault's start to its end they are the last ones before it; then they move again."""
    for fault in (each for each in FAULTS if each.kind == "stuck"):
        every = PLANT.every[fault.line]
        raw = PLANT.played(fault.line, fault.start - every, fault.end).series[fault.key].raw
        assert len(set(raw)) == 1
        assert len(set(PLANT.played(fault.line, fault.end, fault.end + 30 * every).series[fault.key].raw)) > 1


def test_a_sensor_that_is_stuck_over_a_stop_is_at_fault_when_it_stood_for_long_enough_in_all() -> None:
    """10 min of judged time: 6 on Monday up to 19:00, the rest on Tuesday from 07:10 on, when the line has settled.

    By 07:13 it was 9 min; by 07:20 it is 16, and at fault is what was made from 07:10 on.
    """
    start = MONDAY + 18 * HOUR + 54 * MINUTE
    for minutes, raised in ((13, [(NOTHING, start)]), (20, [(INSTRUMENT, MONDAY + 31 * HOUR + 10 * MINUTE)])):
        fault = Fault("stuck", WATER, start, MONDAY + 31 * HOUR + minutes * MINUTE, sensor="o3_contact")
        found = truths(plant(seed=1, faults=[fault]))
        assert [(each.raises, each.start) for each in found] == raised


def test_a_clock_that_jumps() -> None:
    """The device's times jump, when they are received does not, and nothing else changes."""
    fault = Fault("clock_step", RETORT, MONDAY + HOUR, MONDAY + 2 * HOUR, size=-90)
    wrong, right = (
        plant(seed=1, faults=faults).played(RETORT, MONDAY, MONDAY + 3 * HOUR).series["tid", "1"]
        for faults in ([fault], [])
    )
    assert set(wrong.time - right.time) == {0, -90 * SECOND}
    assert (wrong.time != right.time).sum() == 3600
    assert np.array_equal(wrong.received, right.received)
    assert np.array_equal(wrong.raw, right.raw)


def test_expectations_are_those_of_the_example_plans() -> None:
    """The numbers that the truth goes by, typed again, are the ones in examples/."""
    for line in LINES:
        loaded = load_plan((ROOT / "examples" / PLANS[line] / "plan.yaml").read_text(encoding="utf-8"), line)
        when = EXPECTED.judged.get(line)
        if when is not None:
            assert loaded.line.state is not None
            assert loaded.line.state.from_ == when.sensor
            assert loaded.line.state.codes[str(when.code)] in loaded.line.judged
            assert loaded.line.settle == when.settle
        assert loaded.line.lot is not None
        assert loaded.line.lot.from_ == EXPECTED.lot[line]
        stuck = {
            (line, name): each.stuck.unchanged_for for name, each in loaded.sensors.items() if each.stuck
        }
        assert stuck == {key: value for key, value in EXPECTED.stuck.items() if key[0] == line}
        limits = [each for each in compile_plan(loaded).limits if each.rank != "operating"]
        assert min(limit.lost_after for limit in limits) == EXPECTED.loss[line]
        written: list[Any] = [each for ccp in loaded.ccps for each in ccp.critical]
        written += [each for oprp in loaded.oprps for each in oprp.criteria]
        for bound in (each for each in EXPECTED.bounds if each.line == line):
            assert any(
                limit.of == bound.sensor
                and (limit.zone or bound.zone) == bound.zone
                and (_number(limit.at_least), _number(limit.at_most)) == (bound.at_least, bound.at_most)
                and limit.for_more_than == bound.tolerated
                and loaded.sensors[limit.of].step * bound.steps == 1
                for limit in written
                if limit.kind == "threshold"
            ), bound


def _number(quantity: Any) -> float | None:
    return None if quantity is None else float(quantity.value)


def test_shown_as_a_file_has_it(known: tuple[Truth, ...]) -> None:
    """A truth is written with times in RFC 3339 and what is left out as empty."""
    shown = known[0].shown()
    assert shown["raises"] == "deviation"
    assert shown["lots"] == ["W20261207-A"]
    assert str(shown["start"]).startswith("2026-12-07T01:00:")
    assert shown["fault"] == {
        "kind": "low_ozone",
        "line": "bottled-water",
        "sensor": "o3_contact",
        "point": "",
        "zone": "",
        "size": 0.05,
        "start": "2026-12-07T01:00:00Z",
        "end": "2026-12-07T01:20:00Z",
    }


def test_a_broken_compressor_is_mended() -> None:
    """The room passes -15 degC within two hours, and a day after the repair air and food are what they were."""
    fault = Fault("compressor", STORE, MONDAY + 12 * HOUR, MONDAY + 18 * HOUR, zone="CS2")
    ill, well = (
        plant(seed=2, faults=faults).played(STORE, MONDAY, MONDAY + 6 * DAY).series
        for faults in ([fault], [])
    )
    for key in (("air", "CS2.1"), ("food", "CS2.1")):
        apart = ill[key].value - well[key].value
        assert (apart[: 12 * 60] == 0).all()
        assert apart[18 * 60] > 4
        assert abs(apart[-1]) < 0.02
    assert (ill["air", "CS1.1"].value == well["air", "CS1.1"].value).all()
    assert ill["air", "CS2.1"].value[14 * 60 : 18 * 60].min() > -15
