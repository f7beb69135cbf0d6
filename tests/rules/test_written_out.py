"""References to the scheduled process, and limits that are like another."""

from __future__ import annotations

import pytest

from readings.times import SECOND
from rules.faults import PlanError
from rules.plan import Plan
from rules.plan_check import load_plan
from rules.written_out import written_out

PLAN = """\
plan: retort-1
name: Retort
site: {id: S, name: x, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
products:
  - id: LM-340
    name: Luncheon meat
    shelf_life: 36 months
    scheduled_process: {id: SP-7, temperature_at_least: 121.0 degC, come_up_at_most: 14 min}
sensors:
  tid: {unit: degC, resolution: 0.1, every: 1 s}
  r: {unit: degC, resolution: 0.1, points: 6, every: 1 s}
ccps:
  - id: CCP1
    critical:
      - {id: points, kind: threshold, of: r, at_least: scheduled_process.temperature_at_least, confirm: 2 readings}
    operating:
      - {id: near, like: points, at_least: 121.3 degC}
"""


def faults(text: str) -> list[str]:
    with pytest.raises(PlanError) as caught:
        load_plan(text, "plan.yaml")
    return [str(fault) for fault in caught.value.faults]


def changed(old: str, new: str) -> str:
    assert PLAN.count(old) == 1
    return PLAN.replace(old, new)


def test_a_reference_is_the_value_of_the_scheduled_process():
    """The limit has the filed number, knows which factor it watches, and rests on the process."""
    limit = load_plan(PLAN, "plan.yaml").ccps[0].critical[0]
    assert str(limit.at_least) == "121.0 degC"
    assert limit.factors == ["temperature_at_least"]
    assert limit.basis == "scheduled process SP-7"


def test_a_basis_that_is_written_stays():
    """The plan's own words come first."""
    text = changed("confirm: 2 readings}", "confirm: 2 readings, basis: letter of 2026-01-05}")
    assert load_plan(text, "plan.yaml").ccps[0].critical[0].basis == "letter of 2026-01-05"


def test_written_out_by_hand_it_is_the_same_plan():
    """The hash is of what the plan says: a reference says its value and its factor."""
    text = changed(
        "at_least: scheduled_process.temperature_at_least, confirm: 2 readings",
        "at_least: 121.0 degC, confirm: 2 readings, basis: scheduled process SP-7, factors: [temperature_at_least]",
    ).replace(
        "like: points, at_least: 121.3 degC",
        "kind: threshold, of: r, at_least: 121.3 degC, confirm: 2 readings",
    )
    assert load_plan(text, "plan.yaml").hash == load_plan(PLAN, "plan.yaml").hash


def test_like_copies_what_is_not_written_beside_it():
    """Kind, sensor and confirmation come along; the bound, the basis and the factors are its own."""
    limit = load_plan(PLAN, "plan.yaml").ccps[0].operating[0]
    assert (limit.kind, limit.of, limit.confirm, str(limit.at_least)) == ("threshold", "r", 2, "121.3 degC")
    assert (limit.basis, limit.factors) == (None, [])


def test_a_bound_written_anew_takes_the_place_of_its_side_with_its_clearing():
    """`above` in place of `at_least`; what cleared the old bound says nothing of the new one."""
    text = changed("confirm: 2 readings}", "confirm: 2 readings, clears: {at_least: 121.2 degC}}")
    limit = load_plan(
        text.replace("121.3 degC", "121.3 degC, above: 121.3 degC").replace("at_least: 121.3 degC, ", ""), "p"
    )
    near = limit.ccps[0].operating[0]
    assert near.given == ("above",)
    assert near.clears is None


def test_like_reaches_another_control_point_and_through_a_chain():
    """`CCP1/points` names a limit elsewhere; what is like it may be like something itself."""
    text = PLAN + (
        "oprps:\n  - id: O\n    criteria:\n"
        "      - {id: a, like: CCP1/near}\n      - {id: b, like: a, at_least: 120.0 degC}\n"
    )
    criteria = load_plan(text, "plan.yaml").oprps[0].criteria
    assert [(str(each.at_least), each.confirm) for each in criteria] == [("121.3 degC", 2), ("120.0 degC", 2)]


TWO = "  - {id: B, name: B, scheduled_process: {id: SP-8, temperature_at_least: 118.0 degC}}\nsensors:"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "process.temperature_at_least",
            "process.temprature_at_least",
            "16:56: the scheduled process of LM-340 has no temprature_at_least; did you mean temperature_at_least?",
        ),
        (
            "process.temperature_at_least",
            "process.come_up_at_most",
            "16:56: at_least cannot be come_up_at_most: one bounds from above, the other from below",
        ),
        (
            "    scheduled_process: {id: SP-7, temperature_at_least: 121.0 degC, come_up_at_most: 14 min}\n",
            "",
            "15:56: no product has a scheduled_process that could say temperature_at_least",
        ),
        (
            "sensors:",
            TWO,
            "17:56: temperature_at_least differs between products: 121.0 degC for LM-340, 118.0 degC for B.",
        ),
        ("like: points", "like: pints", "18:26: CCP1 has no limit named pints; it has points"),
        ("like: points", "like: near", "18:26: near is like itself"),
        (
            "like: points",
            "like: points, kind: band",
            "18:40: points is a threshold; what is like it is one too",
        ),
        (
            "come_up_at_most: 14 min",
            "come_up: 14 min",
            "9:69: unknown key come_up; a critical factor ends in its bound",
        ),
        ("come_up_at_most: 14 min", "come_up_at_most: 14", "9:86: 14 has no unit"),
        ("36 months", "36 moons", "8:17: '36 moons' is not a length of time; write 60 d, 12 months or 1 y"),
        (
            "tid: {unit: degC,",
            "tid: {unit: degC, role: indicater,",
            "role is 'reference', 'recorder', 'distribution'",
        ),
        (
            "sensors:",
            TWO.replace("B,", "LM-340,", 1).replace("118", "121"),
            "LM-340 stands here a second time",
        ),
    ],
)
def test_what_cannot_be_written_out_is_told_with_its_place(old, new, expected):
    """One mistake, and its place; never a reference taken for a text, never half a copy."""
    assert any(expected in each for each in faults(changed(old, new))), faults(changed(old, new))


def test_a_reference_that_fails_is_told_once():
    """Its own reason, and not that it is no quantity too."""
    assert len(faults(changed("process.temperature_at_least", "process.no_at_least"))) == 1


def test_products_that_agree_share_a_limit():
    """Two ways to write one number are one number."""
    text = changed("sensors:", TWO.replace("118.0 degC", "249.8 degF"))
    assert str(load_plan(text, "p").ccps[0].critical[0].at_least) == "121.0 degC"


def test_a_product_without_a_process_leaves_its_limit_open():
    """What holds for one product is not taken to hold for another that says nothing."""
    [fault] = faults(changed("sensors:", "  - {id: B, name: B}\nsensors:"))
    assert "the scheduled process of B has no temperature_at_least" in fault


def test_verification_names_what_there_is():
    """A calibration is of a sensor of the plan; how often is a length of time, or words."""
    text = PLAN + "verification:\n  - {id: v, what: calibration, of: [tod], every: 1 y}\n"
    assert "no sensor named tod" in faults(text)[0]
    assert "'1 yr' is not a length of time" in faults(text.replace("tod", "tid").replace("1 y}", "1 yr}"))[0]
    assert (
        load_plan(text.replace("tod", "tid").replace("1 y}", "working day}"), "p").verification[0].every
        == "working day"
    )


@pytest.mark.parametrize(
    "data", [None, [], {"ccps": 3}, {"ccps": [3]}, {"ccps": [{"critical": {"like": 1}}]}]
)
def test_what_is_no_plan_comes_back_as_it_is(data):
    """The language says what is wrong with it, not this step."""
    assert written_out(data) == (data, [])


def test_the_model_takes_a_plan_without_a_process():
    """A plan of before has no new keys, and its hash is what it was."""
    plain = Plan.model_validate(written_out({"plan": "a", "name": "a"} | _rest())[0])
    assert b"factors" not in plain.canonical()


def _rest() -> dict[str, object]:
    return {
        "site": {"id": "S", "name": "x", "timezone": "Asia/Shanghai"},
        "effective_from": "2026-12-01T00:00+08:00",
        "sensors": {"a": {"unit": "degC", "every": "1 s"}},
        "ccps": [{"id": "C", "critical": [{"id": "a", "kind": "threshold", "of": "a", "at_most": "1 degC"}]}],
    }


THREE = PLAN.replace(
    "sensors:\n",
    "  - {id: B 2, name: B, scheduled_process: {id: SP-8, temperature_at_least: 118.0 degC, come_up_at_most: 14 min}}\n"
    "  - {id: C, name: C, scheduled_process: {id: SP-8, temperature_at_least: 118.0 degC, come_up_at_most: 14 min}}\n"
    "line: {product: {from: recipe}}\nsensors:\n  recipe: {unit: text, every: on change}\n",
).replace(
    "    operating:\n      - {id: near, like: points, at_least: 121.3 degC}\n", "    one_case_for: [points]\n"
)


def test_products_that_differ_in_a_factor_are_judged_by_their_own():
    """One limit for LM-340; one for B and C, whose processes agree, named after the first of them."""
    plan = load_plan(THREE, "plan.yaml")
    limits = plan.ccps[0].critical
    assert [(each.id, each.products, str(each.at_least), each.basis) for each in limits] == [
        ("points-LM-340", ["LM-340"], "121.0 degC", "scheduled process SP-7"),
        ("points-B-2", ["B 2", "C"], "118.0 degC", "scheduled process SP-8"),
    ]
    assert plan.ccps[0].one_case_for == ["points-LM-340", "points-B-2"]


def test_a_factor_in_which_products_agree_makes_one_limit():
    """By product only where something differs."""
    text = THREE.replace("at_least: scheduled_process.temperature_at_least", "at_least: 110.0 degC").replace(
        "confirm: 2 readings", "for_more_than: scheduled_process.come_up_at_most"
    )
    assert [each.products for each in load_plan(text, "plan.yaml").ccps[0].critical] == [[]]


def test_a_limit_of_some_products_refers_to_theirs_alone():
    """The others' factors do not count, and need not be there."""
    text = THREE.replace(", confirm: 2 readings", ", confirm: 2 readings, products: [C]")
    [limit] = load_plan(text, "plan.yaml").ccps[0].critical
    assert (limit.id, limit.products, str(limit.at_least)) == ("points", ["C"], "118.0 degC")


def test_what_differs_may_be_written_beside_what_does_not():
    """A bound takes the place of the bound on its side, and what cleared that goes with it."""
    text = PLAN.replace(
        "confirm: 2 readings}",
        "clears: {at_least: 121.5 degC}, by_product: {LM-340: {above: 119.0 degC, for_more_than: 30 s}}}",
    ).replace(
        "sensors:\n", "line: {product: {from: recipe}}\nsensors:\n  recipe: {unit: text, every: on change}\n"
    )
    text = text.replace(
        "      - {id: near, like: points, at_least: 121.3 degC}\n", "      - {id: near, like: points}\n"
    )
    plan = load_plan(text, "plan.yaml")
    for limit in (plan.ccps[0].critical[0], plan.ccps[0].operating[0]):
        assert (limit.id[-7:], str(limit.above), limit.at_least, limit.clears, limit.hold) == (
            "-LM-340",
            "119.0 degC",
            None,
            None,
            30 * SECOND,
        )


def test_faults_behind_a_limit_that_became_several_stand_at_their_place():
    """A wrong limit on line 18 is told there, though two limits stand before it now."""
    text = THREE.replace(
        "    one_case_for", "      - {id: late, kind: threshold, of: gone, at_most: 1 degC}\n    one_case_for"
    )
    [found] = faults(text)
    assert found.startswith(f"plan.yaml:{text[: text.index('of: gone')].count(chr(10)) + 1}:")
    assert "no sensor named gone" in found
