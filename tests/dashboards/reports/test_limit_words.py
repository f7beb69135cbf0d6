"""Every limit of the examples and of the demo's plans can be said, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards.reports.facts import LimitFact
from dashboards.reports.limit_words import limit_words, worst_words
from dashboards.reports.words import spoken
from haccpline.site import read_plan
from rules.kinds import KINDS
from rules.plan import limits_of
from rules.plan_check import load_plan
from rules.plan_reference import examples

ROOT = Path(__file__).parents[3]
PLANS = sorted([*ROOT.glob("examples/*/plan.yaml"), *ROOT.glob("haccpline/demo/*.yaml")])


@pytest.mark.parametrize("path", PLANS, ids=lambda path: f"{path.parent.name}-{path.stem}")
@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_every_limit_is_said(path, tongue):
    """As it stands in the plan, what is left out because it is usual included."""
    plan, _ = read_plan(path)
    for point, rank, limit in limits_of(plan):
        assert limit_words(LimitFact.of(plan, point, rank, limit), spoken(tongue)), limit.id


def test_a_state_that_must_be_on_says_so():
    """`is: true` is usual, and not left unsaid."""
    plan, _ = read_plan(ROOT / "examples" / "packaged_water" / "plan.yaml")
    (found,) = [each for each in limits_of(plan) if each[2].id == "mixing"]
    said = limit_words(LimitFact.of(plan, *found), spoken("en"))
    assert said.startswith("on; off for at most 20 s"), said


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_a_limit_of_every_kind_is_said_without_codes(kind, tongue):
    """No key of the language, no list and no dict of the program stands in it, and every number of its demand does."""
    plan = load_plan(examples()[kind], kind)
    for point, rank, limit in limits_of(plan):
        if limit.kind != kind:
            continue
        fact = LimitFact.of(plan, point, rank, limit)
        said = limit_words(fact, spoken(tongue))
        assert not set(said) & set("{}[]"), said
        keys = {name for name in type(limit).model_fields if "_" in name}
        assert not [key for key in keys if key in said], said
        for bound in limit.given:
            assert str(getattr(limit, bound)).split(" ")[0].rstrip("0").rstrip(".") in said
        assert (fact.guard is None) == (limit.guard == 0)


def test_worst_values_are_not_rounded_to_the_better_side():
    """44.9999 min of 45.0 are not printed as 45."""
    plan = load_plan(examples()["lethality"], "plan")
    (found,) = [each for each in limits_of(plan) if each[2].kind == "lethality"]
    fact = LimitFact.of(plan, *found)
    assert worst_words("44.99996", fact, spoken("en")) == "44.999 min"
    assert worst_words("33.5", fact, spoken("en")) == "33.5 min"
