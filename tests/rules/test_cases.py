"""The case workflow: promise 9, and that return to normal never closes a case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readings.times import HOUR
from rules.cases import TRANSITIONS, Case, CaseError, Stage, act_on, check_action

ANSWERS = {
    "lots": ["L1"],
    "lot": "L1",
    "disposition": "release",
    "evaluation": "core measured",
    "correction": "moved",
    "cause": "door open",
    "control": "below -18 since 12:00",
    "recurrence": "door alarm",
    "product": "held",
    "text": "noted",
    "verification": "read the record",
    "reason": "test",
}


def new_case() -> Case:
    return Case("c1", "cold-3", "CCP1", "CS1", "CCP1:air", 0, events={"e1": True})


def do(case, action, who="ann", roles=("qa",), now=0, **changed):
    signed = action in TRANSITIONS and TRANSITIONS[action].signed
    body = ANSWERS | ({"signature": {"who": who}} if signed else {}) | changed
    check_action(case, action, who, list(roles), body, now=now)
    act_on(case, action, who, body, now=now)


def test_a_case_walks_to_its_end():
    """Acknowledged, contained, corrected, disposed of, closed by somebody else."""
    case = new_case()
    for action in ("acknowledge", "contain", "correct", "dispose"):
        do(case, action)
    do(case, "close", who="bob")
    assert case.stage == Stage.CLOSED


def test_every_lot_that_was_there_is_held_before_a_case_is_closed():
    """A lot that comes in after containment is contained as well: the case goes back to that, and keeps what it held."""
    case = new_case()
    case.concern(["L1"])
    for action in ("contain", "correct", "dispose"):
        do(case, action)
    case.concern(["L1", "L2"])  # another event joined, or this one lasted into the next lot
    assert case.unheld == ["L2"]
    with pytest.raises(CaseError, match="L2 was there and is not held"):
        do(case, "close", who="bob")
    do(case, "contain", lots=["L2"])
    assert (case.stage, case.lots) == (Stage.CONTAINED, {"L1": "release", "L2": ""})
    do(case, "correct")
    do(case, "dispose", lot="L2")
    do(case, "close", who="bob")


def test_none_is_no_answer_where_lots_were_there():
    """Who says that no product was made, while lots are known, cannot close."""
    case = new_case()
    case.concern(["L1"])
    do(case, "contain", lots=["none"])
    do(case, "correct")
    with pytest.raises(CaseError, match="L1 was there"):
        do(case, "close", who="bob")


@pytest.mark.parametrize("letter", ["\0", "\x1b", "\u202e", "\u2066", "\ud800"], ids=ascii)
def test_a_text_says_what_it_shows(letter):
    """Characters that nobody sees, or that turn a text around, are refused; a line break is not."""
    with pytest.raises(CaseError, match="nobody sees"):
        do(new_case(), "note", text=f"lot {letter}12")
    with pytest.raises(CaseError, match="nobody sees"):
        do(new_case(), "contain", lots=[f"L{letter}1"])
    do(new_case(), "note", text="two\nlines, and \U0001f321")


def test_a_text_of_nothing_is_none():
    """What shows nothing answers nothing."""
    with pytest.raises(CaseError, match="needs correction"):
        do(new_case(), "contain", correction="\u200b \u200b")


def test_quantities_and_an_opinion_may_be_entered():
    """How much was made, held and shipped is text, at containment or later; a note may say whose opinion it is."""
    case = new_case()
    with pytest.raises(CaseError, match="shipped must be text"):
        do(case, "contain", made="1,200 cartons", held="1,100", shipped=100)
    do(case, "contain", made="1,200 cartons", held="1,100", shipped="100, recalled")
    do(case, "note", review_by="county bureau")
    do(case, "correct", shipped="96, four were still in the lorry")
    assert case.stage == Stage.CORRECTED


def test_the_verifier_is_not_the_actor():
    """Whoever acted cannot close."""
    case = new_case()
    for action in ("contain", "correct", "dispose"):
        do(case, action)
    with pytest.raises(CaseError, match="verifier is not the actor"):
        do(case, "close")


def test_who_is_alone_closes_the_next_day_and_says_so():
    """Not at once, not without saying it; half a day later, with it."""
    case = new_case()
    for action in ("contain", "correct", "dispose"):
        do(case, action, now=5 * HOUR)
    with pytest.raises(CaseError, match="next day is to come"):
        do(case, "close", separation="next day", now=16 * HOUR)
    do(case, "close", separation="next day", now=17 * HOUR)
    assert case.stage == Stage.CLOSED


def test_a_void_is_no_way_around():
    """Neither by the actor nor with lots that nobody decided on."""
    case = new_case()
    do(case, "contain")
    with pytest.raises(CaseError, match="verifier is not the actor"):
        do(case, "void")
    with pytest.raises(CaseError, match="no disposition of L1"):
        do(case, "void", who="bob")


def test_return_to_normal_is_needed_and_does_not_close():
    """While the condition lasts a case cannot be closed; when it ends, nobody closes it but a person."""
    case = new_case()
    case.events["e1"] = False
    for action in ("contain", "correct", "dispose"):
        do(case, action)
    with pytest.raises(CaseError, match="has not returned"):
        do(case, "close", who="bob")
    case.events["e1"] = True
    assert case.stage == Stage.CORRECTED


@pytest.mark.parametrize(
    ("action", "changed", "message"),
    [
        ("correct", {}, "contained"),
        ("contain", {"lots": []}, "needs lots"),
        ("dispose", {}, "open"),
        ("void", {"signature": None}, "signed"),
        ("invent", {}, "no action"),
    ],
)
def test_what_cannot_be_done_says_what_is_missing(action, changed, message):
    """Each refusal says what to do first."""
    with pytest.raises(CaseError, match=message):
        do(new_case(), action, **changed)


def test_roles_are_kept():
    """An operator does not decide on product, an auditor on nothing."""
    case = new_case()
    do(case, "contain", roles=("operator",))
    with pytest.raises(CaseError, match="is for qa"):
        do(case, "dispose", roles=("operator",))
    with pytest.raises(CaseError, match="is for"):
        do(case, "note", roles=("auditor",))


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(TRANSITIONS)), st.sampled_from(["ann", "bob", "eve"])), max_size=14
    )
)
def test_no_path_closes_without_disposition_and_another_verifier(path):
    """Whatever people try in whatever order, a closed case has dispositions and a verifier who did not act."""
    case = new_case()
    for action, who in path:
        acted = list(case.actors)
        try:
            do(case, action, who=who)
        except CaseError:
            continue
        if action == "close":
            assert who not in acted
            assert all(case.lots.values())
            assert case.stage == Stage.CLOSED
    assert case.stage != Stage.CLOSED or case.lots
