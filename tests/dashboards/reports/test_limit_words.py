"""Every limit of the examples and of the demo's plans can be said, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards.reports.facts import LimitFact
from dashboards.reports.limit_words import limit_words
from dashboards.reports.words import spoken
from haccpline.site import read_plan
from rules.plan import limits_of

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
