"""UV exposure: intensity times time, with what the water lets through."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.irradiation import path_factor
from rules.plan_check import PlanError, load_plan

HEAD = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
"""
PLAN = """
sensors:
  uv: {unit: mW/cm2, resolution: 0.1, every: 5 s, silent_after: 30 s, uncertainty: 0.5}
  flow: {unit: m3/h, resolution: 0.1, every: 5 s, silent_after: 30 s, uncertainty: 0.2}
  uvt: {unit: percent, resolution: 0.1, every: 5 s, silent_after: 30 s, uncertainty: 0.5}
ccps:
  - id: C
    critical:
      - {id: a, kind: uv_exposure, of: uv, flow: flow, volume: 20 L, judged_every: 10 s, at_least: 40 mJ/cm2, MORE}
"""
LAMP = "sensor: at the lamp, path: 5 cm, transmittance: uvt"
WALL = "sensor: at the wall"
MEAN = f"{WALL}, counts: mean, path: 5 cm, transmittance: uvt"


@pytest.fixture(scope="module")
def reactor(make_bench):
    """Makes a reactor of 20 L."""
    made = {}

    def make(more=WALL):
        if more not in made:
            made[more] = make_bench(PLAN.replace("MORE", more))
        return made[more]

    return make


def judged(bench, *, uv=10.0, flow=12.0, uvt=90.0, seconds=300):
    """Verdict, least and greatest dose at the end; each input a number, or a function of the second."""
    rows = [
        (f"{name}/1", at, value(at) if callable(value) else value)
        for name, value in (("uv", uv), ("flow", flow), ("uvt", uvt))
        for at in range(0, seconds, 5)
    ]
    (limit,) = bench.program.limits
    point = bench.decisions(rows, until=seconds - 5).timeline(limit)[-1]
    return point.verdict, point.low, point.high


def test_a_dose_is_intensity_times_time(reactor):
    """20 L at 12 m3/h are 6 s; 10 mW/cm2 make 60 mJ/cm2; 6.6 make 39.6, which is not 40."""
    assert judged(reactor()) == ("ok", 60.0, 60.0)
    assert judged(reactor(), uv=6.6)[0] == "deviation"


def test_at_the_lamp_the_water_takes_its_part(reactor):
    """With 90 % over 1 cm, 5 cm let 59 % through: 35.4 of 60 mJ/cm2 at the wall."""
    verdict, dose, _ = judged(reactor(LAMP))
    assert verdict == "deviation"
    assert dose == pytest.approx(60 * 0.9**5, abs=0.001)
    assert judged(reactor(LAMP), uvt=95.0)[0] == "ok"


def test_the_mean_over_the_path_is_another_method(reactor):
    """I0 (1 - T ** d) / (-d ln T), named in the plan."""
    mean = (1 - 0.9**5) / (-5 * math.log(0.9))
    assert judged(reactor(f"{LAMP}, counts: mean"))[1] == pytest.approx(60 * mean, abs=0.001)
    assert judged(reactor(MEAN))[1] == pytest.approx(60 * mean / 0.9**5, abs=0.001)


def test_guarded_by_all_uncertainties(reactor):
    """I - 0.5, Q + 0.2; T - 0.5 at the lamp, T + 0.5 behind a sensor at the wall."""
    time = 20 / 12200 * 3600
    assert judged(reactor(f"{LAMP}, guard: uncertainty"))[1] == pytest.approx(
        9.5 * time * 0.895**5, abs=0.001
    )
    mean = (1 / 0.905**5 - 1) / (-5 * math.log(0.905))
    assert judged(reactor(f"{MEAN}, guard: uncertainty"))[1] == pytest.approx(9.5 * time * mean, abs=0.001)


def test_edge_case_24_a_flow_step_shortens_the_time_of_water_that_is_inside(reactor):
    """Twice the flow from second 150 on: 30 mJ/cm2 at once."""
    assert judged(reactor(), flow=lambda at: 12.0 if at < 150 else 24.0)[:2] == ("deviation", 30.0)


def test_water_that_stays_longer_counts_the_worst_of_its_stay(reactor):
    """At 1.2 m3/h a minute inside: a dip of 10 s in the lamp counts for all water that was there."""
    _, least, _ = judged(reactor(), flow=1.2, uv=lambda at: 2.0 if 200 <= at < 210 else 10.0)
    assert least == pytest.approx(120.0)


def test_transmittance_that_is_not_known_credits_nothing(make_bench):
    """A minute without it: nothing can be said."""
    bench = make_bench(PLAN.replace("MORE", LAMP))
    rows = [
        (f"{name}/1", at, value) for name, value in (("uv", 10.0), ("flow", 8.0)) for at in range(0, 300, 5)
    ]
    rows += [("uvt/1", at, 90.0) for at in range(0, 300, 5) if not 200 <= at < 280]
    assert bench.spans(rows, until=260)[-1][0] == "indeterminate"


@given(
    one=st.integers(1, 1000),
    other=st.integers(1, 1000),
    path=st.integers(1, 40),
)
def test_clearer_water_counts_more_at_the_lamp_and_less_behind_the_wall(one, other, path):
    """Monotone in the transmittance, and the least is never above the mean."""
    low, high = Fraction(min(one, other), 1000), Fraction(max(one, other), 1000)
    length = Fraction(path, 2)
    for counts in ("least", "mean"):
        assert path_factor(low, length, "at the lamp", counts) <= path_factor(
            high, length, "at the lamp", counts
        )
    assert path_factor(low, length, "at the wall", "mean") >= path_factor(high, length, "at the wall", "mean")
    for place in ("at the lamp", "at the wall"):
        assert path_factor(low, length, place, "least") <= path_factor(low, length, place, "mean")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("sensor: at the lamp", "write path: 5 cm and transmittance"),
        ("sensor: at the wall, path: 5 cm", "leave path and transmittance out"),
        ("sensor: at the lamp, path: 5 mW/cm2, transmittance: uvt", "is no length"),
        (
            "sensor: at the lamp, path: 5 cm, transmittance: flow",
            "flow is no transmittance: it measures flow",
        ),
        ("sensor: at the lamp, path: 5 cm, transmittance: clear", "no sensor named clear"),
        ("sensor: above", "sensor"),
    ],
)
def test_what_cannot_be_meant_is_refused(more, message):
    """With the words that say what to write."""
    with pytest.raises(PlanError, match=message):
        load_plan(HEAD + PLAN.replace("MORE", more), "plan.yaml")
