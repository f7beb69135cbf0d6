"""Reasons as they stand in records: plain sentences, in both languages."""

from __future__ import annotations

import pytest

from dashboards.pages.words import Words
from rules.compile_plan import compile_plan
from rules.plan import limits_of
from rules.plan_check import load_plan

PLAN = """
plan: L
name: Line
site: {{id: S, name: Site, timezone: Asia/Shanghai}}
effective_from: 2026-12-01T00:00+08:00
line:
  state: {{from: phase, codes: {{"2": come_up, "3": hold}}}}
  judged_when: [come_up, hold]
sensors:
  phase: {{unit: code, every: 10 s, silent_after: 60 s}}
  t: {{unit: degC, resolution: 0.1, every: 10 s, silent_after: 60 s, range: [-40, 140], name: {{zh: 温度, en: Temperature}}}}
  o: {{unit: mg/L, resolution: 0.01, every: 10 s, silent_after: 60 s}}
  uv: {{unit: mW/cm2, resolution: 0.1, every: 10 s, silent_after: 60 s}}
  flow: {{unit: m3/h, resolution: 0.1, every: 10 s, silent_after: 60 s}}
ccps:
  - id: C
    critical:
      - {{id: b, kind: threshold, of: flow, at_most: 90 m3/h}}
    {place}:
      - {{id: a, {limit}}}
"""


def beyond(limit: str) -> tuple[str, str]:
    """The reason of a breach, and what it is in Chinese."""
    place = "operating" if "time_to_breach" in limit else "supporting"
    plan = load_plan(PLAN.format(limit=limit, place=place), "plan.yaml")
    _, found = compile_plan(plan).limits
    _, (_, _, model) = limits_of(plan)
    assert found.terms.beyond.startswith(model.breach)
    return found.terms.beyond, Words("zh", "UTC").reason(found.terms.beyond)


@pytest.mark.parametrize(
    ("limit", "english", "chinese"),
    [
        (
            "kind: phase_duration, of: phase, during: come_up, at_most: 14 min",
            "come_up lasted more than 14 min",
            "升温持续时间大于 14 min",
        ),
        (
            "kind: phase_duration, of: phase, during: [come_up, hold], at_least: 14 min",
            "come_up and hold together lasted less than 14 min",
            "come_up and hold 合计持续时间小于 14 min",
        ),
        (
            "kind: degree_minutes, of: t, above: 5.0 degC, at_most: 60 K.min, window: 6 h",
            "t spent more than 60 K.min above 5.0 degC in 6 h",
            "t在 6 h 内高于 5.0 degC 的累积量大于 60 K.min",
        ),
        (
            "kind: degree_minutes, of: t, below: 60 degC, at_most: 60 K.min, window: 6 h, for_more_than: 1 min",
            "t spent more than 60 K.min below 60 degC in 6 h for more than 1 min",
            "t在 6 h 内低于 60 degC 的累积量大于 60 K.min，超过 1 min",
        ),
        (
            "kind: mean_kinetic_temperature, of: t, below: 5.0 degC, window: 1 d",
            "mean kinetic temperature of t 5.0 degC or more over 1 d",
            "t在 1 d 内的平均动力学温度不小于 5.0 degC",
        ),
        (
            "kind: lethality, of: t, reference: 121.1 degC, z: 10 K, at_least: 6.0 min",
            "lethality at t less than 6.0 min (reference 121.1 degC, z 10 K)",
            "t的致死值小于 6.0 min（参考温度 121.1 degC，z = 10 K）",
        ),
        (
            "kind: pasteurisation_units, of: t, formula: 10^((T-60)/7), at_most: 25 PU",
            "t got more than 25 PU by 10^((T-60)/7)",
            "t的巴氏杀菌单位大于 25 PU（10^((T-60)/7)）",
        ),
        (
            (
                "kind: log_inactivation, of: o, flow: flow, temperature: t, volume: 2.5 m3,"
                " baffling: {factor: 0.3, basis: TS}, judged_every: 20 s, by: epa_2020_giardia_ozone, at_least: 2.0 log"
            ),
            "less than 2.0 log inactivation of Giardia lamblia credited to o by epa_2020_giardia_ozone",
            "o对 Giardia lamblia 的灭活量小于 2.0 log（epa_2020_giardia_ozone）",
        ),
        (
            "kind: rate, of: t, at_least: -1.0 K/min, at_most: 2.0 K/min, over: 10 min",
            "t changed by more than 2.0 K/min or less than -1.0 K/min over 10 min",
            "t的变化速率大于 2.0 K/min 或小于 -1.0 K/min（10 min 内）",
        ),
        (
            (
                "kind: uv_exposure, of: uv, flow: flow, volume: 12 L, sensor: at the wall, judged_every: 20 s,"
                " at_least: 40 mJ/cm2"
            ),
            "uv gave less than 40 mJ/cm2, intensity times time, the least with a sensor at the wall",
            "uv的照射量（强度 × 时间）小于 40 mJ/cm2",
        ),
        (
            (
                "kind: time_to_breach, of: t, limit: {at_most: 5.0 degC}, warns_within: 45 min, trend_over: 60 min,"
                " mean_over: 10 min"
            ),
            "t may come above 5.0 degC within 45 min",
            "t可能在 45 min 内高于 5.0 degC",
        ),
        (
            "kind: threshold, of: t, at_most: 5.0 degC",
            "t not at most 5.0 degC",
            "t超出限值（at most 5.0 degC）",
        ),
    ],
)
def test_a_breach_reads_as_a_sentence(limit: str, english: str, chinese: str) -> None:
    """What was more or less than what; that of a threshold stands as it always did."""
    assert beyond(limit) == (english, chinese)
