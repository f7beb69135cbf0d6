"""Warnings and their answers: what a plan accepts is not said, what it accepts in vain is."""

from __future__ import annotations

import pytest

from rules.faults import PlanError
from rules.lint import RULES
from rules.linting import doubts
from rules.plan_check import load_plan, place, placed_plan

PLAN = """\
plan: store
name: Store
site: {id: S, name: x, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00:00+08:00
sensors:
  air: {unit: degC, resolution: 0.1, range: [-50, 60], uncertainty: 0.5, every: 60 s}
ccps:
  - id: CCP1
    hazards: [{biological: growth}]
    critical: [{id: a, kind: threshold, of: air, at_most: -18.0 degC, for_more_than: 2 min, basis: VR-1}]
    monitoring: {what: air, how: online, every: 60 s, by: keeper, evaluated_by: officer}
    silence: {verdict: {after: 2 min}}
    on_deviation: {affected: all, steps: [{do: move, by: keeper}]}
verification:
  - {id: records, what: review of the records, every: 7 d, by: director}
  - {id: loggers, what: calibration, of: [air], every: 1 y}
notices: [{at: 0 s, to: keeper}]
"""
REASON = "{slow-sensor: the room takes an hour to warm up by a degree}"


def names(text: str) -> list[str]:
    plan, marks = placed_plan(text, "p")
    return [doubt.name for doubt in sorted(doubts(plan, RULES), key=lambda each: place(each.path, marks))]


def changed(old: str, new: str) -> str:
    assert old in PLAN
    return PLAN.replace(old, new, 1)


def test_the_plan_is_doubted():
    """2 min are two readings: what the answers below answer."""
    assert names(PLAN) == ["slow-sensor"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("basis: VR-1}", f"basis: VR-1, accepts: {REASON}}}"),
        ("  - id: CCP1\n", f"  - id: CCP1\n    accepts: {REASON}\n"),
        ("plan: store\n", f"plan: store\naccepts: {REASON}\n"),
    ],
)
def test_an_answer_holds_for_what_stands_within(old, new):
    """At the limit, at its control point, or for the whole plan."""
    assert names(changed(old, new)) == []


def test_an_answer_elsewhere_answers_nothing():
    """The sensor's answers are of the sensor: the doubt stays, and the answer is in vain."""
    assert names(changed("every: 60 s}", f"every: 60 s, accepts: {REASON}}}")) == [
        "idle-answer",
        "slow-sensor",
    ]


def test_an_answer_that_is_needed_no_more_is_told():
    """Otherwise it would hide the next doubt of its name."""
    found = changed("for_more_than: 2 min, basis: VR-1}", f"basis: VR-1, accepts: {REASON}}}")
    assert names(found) == ["idle-answer"]


def test_what_needs_readings_is_not_called_in_vain_without_them():
    """Whether a stuck rule fires is known with a recording only."""
    text = changed("every: 60 s}", "every: 60 s, accepts: {stuck-would-fire: the probe stands in glycol}}")
    assert names(text) == ["slow-sensor"]


def test_an_answer_belongs_to_the_hash_and_none_does_not():
    """Who accepts a risk changes the plan; the key itself changes no plan that has it not."""
    plan = load_plan(PLAN, "p")
    assert load_plan(changed("basis: VR-1}", f"basis: VR-1, accepts: {REASON}}}"), "p").hash != plan.hash
    assert b"accepts" not in plan.canonical()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            "{slow-senser: the room is slow}",
            "10:129: no warning named slow-senser; did you mean slow-sensor?",
        ),
        ("{slow-sensor: ok}", "10:115: say why slow-sensor is accepted, in words that an auditor can follow"),
        (
            "slow-sensor",
            "10:115: write which warning is accepted, and why: {slow-sensor: the lag is validated, report VR-7}",
        ),
    ],
)
def test_an_answer_names_a_warning_and_a_reason(given, expected):
    """A misspelt name would hide nothing, a reason of two letters says nothing."""
    with pytest.raises(PlanError) as refused:
        load_plan(changed("basis: VR-1}", f"basis: VR-1, accepts: {given}}}"), "p")
    assert [str(fault) for fault in refused.value.faults] == [f"p:{expected}"]


def test_rules_are_known_by_a_name_and_a_sentence():
    """As printed, as accepted, as listed in the docs."""
    for name, rule in RULES.items():
        assert name == rule.name
        assert name.replace("-", "").isalpha()
        assert rule.about[0].islower()
        assert "|" not in rule.about


def test_bounds_the_wrong_way_round_are_a_fault():
    """A band in which nothing lies is no doubt: it can't be meant."""
    with pytest.raises(PlanError, match=r"nothing is at most -18\.0 degC and at least -10\.0 degC"):
        load_plan(
            changed(
                "kind: threshold, of: air, at_most: -18.0 degC,",
                "kind: band, of: air, at_least: -10.0 degC, at_most: -18.0 degC,",
            ),
            "p",
        )
