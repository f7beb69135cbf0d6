"""The forms of a case: what somebody may do next, and what of it goes into the record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import FormData

from dashboards.pages.forms import Asking, Form, entered_of, forms_of, given_of
from dashboards.pages.words import Words
from dashboards.views.cases import CaseView
from dashboards.views.problems import Problem, problem
from readings.times import HOUR
from rules.cases import APART, NEXT_DAY, Case, Stage
from rules.plan_check import load_plan

PLAN = load_plan(
    (Path(__file__).parents[3] / "examples" / "cold_store" / "plan.yaml").read_text(encoding="utf-8"), "plan"
)
EN, ZH = Words("en", "UTC"), Words("zh", "UTC")
NOW = 100 * HOUR


def a_case(stage: Stage = Stage.OPEN, **more: Any) -> Problem:
    case = Case("c1", "cold-3", "CCP1", "CS1", "g", 0, stage=stage, events={"e1": True}, kinds=["deviation"])
    for name, value in more.items():
        setattr(case, name, value)
    return problem(CaseView(case, "air", 0, lots_seen=["L1", "L2"]), PLAN, now=NOW)


def forms(p: Problem, *roles: str, who: str = "ann", **more: Any) -> dict[str, Form]:
    return {form.action: form for form in forms_of(p, EN, Asking(who, roles, NOW, **more))}


@pytest.mark.parametrize(
    ("stage", "roles", "actions"),
    [
        (Stage.OPEN, ["operator"], ["acknowledge", "contain", "note"]),
        (Stage.OPEN, ["qa"], ["acknowledge", "contain", "note", "void"]),
        (Stage.OPEN, ["auditor"], ["acknowledge"]),
        (Stage.CONTAINED, ["operator"], ["correct", "contain", "note"]),
        (Stage.CONTAINED, ["engineer"], ["correct", "contain", "note"]),
        (Stage.CORRECTED, ["qa"], ["close", "contain", "note", "void"]),
    ],
)
def test_what_comes_next_stands_first_and_nothing_that_cannot_be_done(
    stage: Stage, roles: list[str], actions: list[str]
) -> None:
    """By the stage and the role; for who may not, it is said who may."""
    found = forms(a_case(stage), *roles)
    assert list(found) == actions
    first = next(iter(found.values()))
    assert first.main
    may = not (roles == ["auditor"] or (stage is Stage.CONTAINED and roles == ["operator"]))
    assert bool(first.blocked) is not may
    if not may:
        assert "This step is for:" in first.blocked


def test_lots_that_were_there_are_chosen_already() -> None:
    """Who has gloves on types nothing."""
    lots = forms(a_case(), "operator")["contain"].fields[0]
    assert [(choice.value, choice.checked) for choice in lots.choices] == [("L1", True), ("L2", True)]


def test_dispositions_are_those_of_the_plan() -> None:
    """In the reader's language beside what is recorded; one lot alone is chosen already."""
    p = a_case(Stage.CONTAINED, lots={"L1": "", "L2": "release"})
    form = {form.action: form for form in forms_of(p, ZH, Asking("ann", ("qa",), NOW))}["dispose"]
    lot, disposition, evaluation = form.fields
    assert [(choice.value, choice.checked) for choice in lot.choices] == [("L1", True)]
    assert [choice.value for choice in disposition.choices] == ["release", "sell at once", "destroy"]
    assert disposition.choices[0].label == "放行"
    assert form.signed
    assert evaluation.choices


@pytest.mark.parametrize(
    ("more", "who", "why"),
    [
        ({"events": {"e1": False}}, "ann", "returned to normal"),
        ({"lots": {"L1": "", "L2": ""}}, "ann", "needs a disposition: L1, L2"),
        ({"actors": ["ann"], "acted": NOW - HOUR}, "ann", "somebody else verifies it"),
    ],
)
def test_what_stands_in_the_way_of_closing_is_said_before(more: dict[str, Any], who: str, why: str) -> None:
    """Nobody fills in a form in vain."""
    found = forms(a_case(Stage.CORRECTED, **more), "qa", who=who)
    assert why in found["close"].blocked


def test_who_is_alone_may_close_on_the_next_day_and_says_so() -> None:
    """The box is there for who has acted, and only for them."""
    p = a_case(Stage.CORRECTED, actors=["ann"], acted=NOW - APART)
    assert [field.name for field in forms(p, "qa")["close"].fields] == ["verification", "separation"]
    assert [field.name for field in forms(p, "qa", who="bob")["close"].fields] == ["verification"]
    assert "void" not in forms(p, "qa")


def test_phrases_and_own_words_become_one_text() -> None:
    """And what was left empty is left out."""
    form = FormData(
        [
            *(
                ("correction.phrase", "set aside"),
                ("correction.phrase", "labelled"),
                ("correction", " by hand "),
            ),
            *(("lots", "L1"), ("lots.other", "L7，L8, L1"), ("made", "")),
        ]
    )
    assert entered_of("contain", form, EN) == {
        "lots": ["L1", "L7", "L8"],
        "correction": "set aside; labelled; by hand",
    }
    assert entered_of("contain", form, ZH)["correction"] == "set aside；labelled；by hand"


def test_no_product_is_said_only_where_no_lot_is_named() -> None:
    """A lot that is held outweighs the box that says there was none."""
    assert entered_of("contain", FormData([("lots", "none")]), EN)["lots"] == ["none"]
    assert entered_of("contain", FormData([("lots", "none"), ("lots", "L1")]), EN)["lots"] == ["L1"]


def test_the_next_day_is_entered_as_the_record_wants_it() -> None:
    """The box carries the word that `rules.cases` looks for."""
    form = FormData([("verification.phrase", "seen"), ("separation", NEXT_DAY)])
    assert entered_of("close", form, EN) == {"verification": "seen", "separation": NEXT_DAY}


def test_what_was_sent_in_vain_stands_in_the_form_again() -> None:
    """Text and boxes; never the password."""
    sent = FormData(
        [
            *(("correction", "mine"), ("correction.phrase", "line stopped or diverted"), ("lots", "L2")),
            *(("lots.other", "L9"), ("password", "secret"), ("csrf", "x")),
        ]
    )
    given = given_of(sent)
    assert "password" not in given
    found = forms(a_case(), "operator", tried="contain", wrong="why", given=given)
    form = found["contain"]
    lots, correction = form.fields[:2]
    assert form.wrong == "why"
    assert [(choice.value, choice.checked) for choice in lots.choices] == [("L1", False), ("L2", True)]
    assert lots.value == "L9"
    assert correction.value == "mine"
    assert [choice.value for choice in correction.choices if choice.checked] == ["line stopped or diverted"]
    assert found["acknowledge"].wrong == ""


def test_a_step_that_is_new_elsewhere_still_gets_a_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fields that are not known here are plain texts under their own name."""
    from rules import cases

    step = replace_needs(cases.TRANSITIONS["note"], ("text", "weather"))
    monkeypatch.setitem(cases.TRANSITIONS, "note", step)
    assert [field.name for field in forms(a_case(), "operator")["note"].fields][:2] == ["text", "weather"]


def replace_needs(step: Any, needs: tuple[str, ...]) -> Any:
    import msgspec

    return msgspec.structs.replace(step, needs=needs)


def test_forms_have_ids_of_their_own() -> None:
    """A form sent twice is taken once; two forms are two."""
    first, second = forms(a_case(), "operator")["note"].once, forms(a_case(), "operator")["note"].once
    assert first
    assert first != second
