"""UV dose by set-point: credited as validated, or not at all."""

from __future__ import annotations

import pytest

from readings.times import SECOND
from rules.engine import begin, step
from rules.faults import PlanError

START = 1_700_000_000 * SECOND
PLAN = """
sensors:
  uv: {unit: mW/cm2, resolution: 0.1, every: 10 s, silent_after: 35 s}
  uvt: {unit: percent, resolution: 0.1, every: 60 s, silent_after: 150 s}
  flow: {unit: m3/h, resolution: 0.1, every: 10 s, silent_after: 35 s, stuck: {unchanged_for: 60 s}}
  speed: {unit: m3/h, every: on change}
ccps:
  - id: C
    critical:
      - id: a
        kind: uv_dose
        of: uv
        flow: flow
        transmittance: uvt
        setpoint: {intensity_at_least: 8.0 mW/cm2, flow_at_most: 200 L/min, transmittance_at_least: 90.0 %}
        delivers: 400 J/m2
"""


def running(until=300, **changed):
    """All within the set-point, but for `changed`: by sensor, a function of time that gives a value or None."""
    usual = {
        "uv": lambda _at: 9.0,
        "flow": lambda at: 11.0 + at // 10 % 2 / 10,
        "uvt": lambda _at: 93.0,
    } | changed
    every = {"uv": 10, "flow": 10, "uvt": 60}
    rows = [(name, at, usual[name](at)) for name in usual for at in range(0, until + 1, every[name])]
    return sorted((row for row in rows if row[2] is not None), key=lambda row: (row[1], row[0]))


def spans(bench, **changed):
    return [span[:3] for span in bench(PLAN).spans(running(**changed), until=300)]


def test_within_the_set_point_the_dose_is_credited(bench):
    """At the very bounds too: 8.0 mW/cm2, 12.0 m3/h (200 L/min), 90.0 %."""
    bounds = {"uv": lambda _at: 8.0, "flow": lambda at: 12.0 - at // 10 % 2 / 10, "uvt": lambda _at: 90.0}
    assert spans(bench, **bounds) == [("ok", 0, None)]


@pytest.mark.parametrize(("sensor", "value"), [("uv", 7.9), ("flow", 12.1), ("uvt", 89.9)])
def test_one_of_them_beyond_is_a_deviation(bench, sensor, value):
    """The least step beyond its bound, of any of the three, for as long as it lasts."""
    usual = {"uv": 9.0, "flow": 11.0, "uvt": 93.0}[sensor]
    changed = {sensor: lambda at: value if at in (120, 130) else usual + at // 10 % 2 / 10}
    end = 180 if sensor == "uvt" else 140
    assert spans(bench, **changed) == [("ok", 0, 120), ("deviation", 120, end), ("ok", end, None)]


@pytest.mark.parametrize(("sensor", "known"), [("uv", 85), ("flow", 85), ("uvt", 150)])
def test_one_of_them_silent_is_indeterminate_each_by_its_own_patience(bench, sensor, known):
    """Without the flow nobody knows the dose, however bright the lamp is."""
    last = 0 if sensor == "uvt" else 50
    usual = {"uv": 9.0, "flow": 11.0, "uvt": 93.0}[sensor]
    rows = running(**{sensor: lambda at: usual + at // 10 % 2 / 10 if at <= last else None})
    make = bench(PLAN)
    assert make.spans(rows, until=300)[-1] == ("indeterminate", last, None, known)
    state, _ = step(make.program, begin(make.program, complete=True), make.block(rows), START + 300 * SECOND)
    assert state.shown[0].points[-1].reason == ("no reading" if sensor == "uv" else f"{sensor}: no reading")


def test_a_stuck_flow_meter_is_an_instrument_fault(bench):
    """Each of the sensors is an instrument of its own."""
    make = bench(PLAN)
    rows = running(flow=lambda _at: 11.0)
    _, changes = step(
        make.program, begin(make.program, complete=True), make.block(rows), START + 300 * SECOND
    )
    assert [str(event.event.kind) for change in changes for event in change.events] == ["instrument_fault"]


def test_the_worst_is_that_of_the_intensity(bench):
    """Cubic metres are not milliwatts: a span's worst value is in the unit of `of`."""
    make = bench(PLAN)
    state, _ = step(
        make.program, begin(make.program, complete=True), make.block(running()), START + 300 * SECOND
    )
    [point] = state.shown[0].points
    assert (point.low, point.high) == (9.0, 9.0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("400 J/m2", "40 mW/cm2", "is no dose; write delivers: 40 mJ/cm2"),
        ("        transmittance: uvt\n", "", "write both, or neither"),
        ("flow: flow\n", "flow: flaw\n", "no sensor named flaw"),
        ("flow: flow\n", "flow: uv\n", "uv is the intensity already"),
        ("flow: flow\n", "flow: speed\n", "speed speaks on change alone"),
        ("200 L/min", "200 m/min", "flow: m/min cannot become m3/h"),
        ("8.0 mW/cm2", "8.05 mW/cm2", "uv: 8.05 mW/cm2 is finer than the sensor's resolution"),
        ("        delivers", "        at_least: 1 mW/cm2\n        delivers", "has its bounds in setpoint"),
        ("        delivers", "        combine: any\n        delivers", "leave except, combine"),
    ],
)
def test_a_set_point_that_cannot_be_judged_is_refused(bench, old, new, message):
    """What is no dose, sensors that are missing, units, resolution."""
    assert old in PLAN
    with pytest.raises(PlanError, match=message):
        bench(PLAN.replace(old, new, 1))
