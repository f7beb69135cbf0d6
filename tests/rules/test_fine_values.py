"""Values finer than the resolution: what is computed counts them on the side that does harm."""

from __future__ import annotations

import struct

import pytest

PLAN = """
line:
  state: {from: phase, codes: {"1": loading, "2": heating, "3": cooling}}
  judged_when: heating
sensors:
  phase: {unit: code, every: 10 s, silent_after: 60 s}
  t: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, range: [0, 140]}
  flow: {unit: m3/h, resolution: 0.1, every: 10 s, silent_after: 35 s}
  o3: {unit: mg/L, resolution: 0.01, every: 10 s, silent_after: 35 s}
ccps: [{id: C, critical: [{id: a, KIND}]}]
"""
F0 = "kind: lethality, of: t, reference: 121.1 degC, z: 10 K"
PU = 'kind: pasteurisation_units, of: t, formula: "10^((T-60)/7)"'
FLOAT = struct.unpack(">f", struct.pack(">f", 121.1))[0]  # 121.09999847...


def batch(value, o3=0.3, flow=3.6):
    """200 s at one temperature, the first reading at its beginning; 20 degC before and behind."""
    rows = [("phase", at, 1.0 if at < 60 else 2.0 if at < 260 else 3.0) for at in range(0, 360, 10)]
    rows += [("t", at, value if 60 <= at < 260 else 20.0) for at in range(0, 360, 10)]
    return rows + [each for at in range(0, 360, 10) for each in (("o3", at, o3), ("flow", at, flow))]


def verdicts(make_bench, kind, rows):
    """Those of the time in which it heats."""
    return [span[0] for span in make_bench(PLAN.replace("KIND", kind)).spans(rows, until=350)][1:-1]


@pytest.mark.parametrize(
    ("kind", "value", "verdict"),
    [
        ("kind: dwell, of: t, at_least: 121.0 degC, for: 2 min", 121.04, "ok"),
        ("kind: dwell, of: t, at_least: 121.0 degC, for: 2 min", 120.96, "deviation"),
        ("kind: dwell, of: t, at_most: 4.0 degC, for: 2 min", 4.04, "deviation"),
        ("kind: dwell, of: t, above: 121.0 degC, for: 2 min", 121.04, "deviation"),  # no step more
        (
            f"{F0}, at_least: 3.02 min",
            120.96,
            "ok",
        ),  # 190 s at 120.9 degC are 3.1667 * 10 ** -0.02 = 3.024 min
        (f"{F0}, at_least: 3.03 min", 120.96, "deviation"),
        (f"{F0}, at_least: 3.166 min", FLOAT, "ok"),  # 190 s at 121.1 degC
        (
            f"{PU}, at_most: 3.44 PU",
            60.04,
            "deviation",
        ),  # 200 s at 60.1 degC are 3.3333 * 10 ** (1 / 70) = 3.4448
        (f"{PU}, at_most: 3.45 PU", 60.04, "ok"),
        (
            "kind: cooling_curve, of: t, stages: [{from: 57 degC, to: 21 degC, within: 2 min}]",
            21.04,
            "deviation",
        ),
        ("kind: cooling_curve, of: t, stages: [{from: 57 degC, to: 21 degC, within: 2 min}]", 21.0, "ok"),
    ],
)
def test_what_a_batch_comes_to_is_never_better_than_what_was_read(make_bench, kind, value, verdict):
    """120.96 degC is not 121.0 for a hold, counts as 120.9 where it is credited; 60.04 as 60.1 where it must not be much."""
    assert verdicts(make_bench, kind, batch(value)) == [verdict]


@pytest.mark.parametrize(("at_least", "held"), [("0.166", True), ("0.167", False)])
def test_a_parcel_has_the_lesser_concentration_and_the_greater_flow(make_bench, at_least, held):
    """0.296 mg/L counts as 0.29, 3.64 m3/h as 3.7: 20.56 L in 20 s. Of 60 L one window counts none, the next 20 s, 18.38 s.

    38.38 s * 0.9 * 0.29 mg/L are 0.1669 mg.min/L; at 0.30 and 3.6 it were 0.18.
    """
    kind = (
        "kind: contact_time, of: o3, flow: flow, volume: 60 L, baffling: {factor: 0.9, basis: none},"
        f" judged_every: 20 s, at_least: {at_least} mg.min/L"
    )
    found = verdicts(make_bench, kind, batch(121.1, o3=0.296, flow=3.64))
    assert ("ok" in found, "deviation" in found) == (held, not held)


@pytest.mark.parametrize(("at_most", "verdict"), [("0.5", "ok"), ("0.4", "operating")])
def test_degree_minutes_count_the_step_farther_out(make_bench, at_most, verdict):
    """0.04 K too warm for all of 5 min counts as 0.1 K: 0.5 K.min."""
    bench = make_bench(
        "sensors:\n"
        "  t: {unit: degC, resolution: 0.1, every: 30 s, silent_after: 90 s}\n"
        "ccps: [{id: C, critical: [{id: b, kind: threshold, of: t, at_most: 90 degC}],\n"
        "  operating: [{id: a, kind: degree_minutes, of: t, above: 4.0 degC, window: 5 min,\n"
        f"    at_most: {at_most} K.min}}]}}]\n"
    )
    rows = [("t", at, 4.04) for at in range(0, 630, 30)]
    assert bench.spans(rows, until=600)[-1][0] == verdict
