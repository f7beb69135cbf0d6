"""The end of production: who may sign it, and what the clerk takes."""

from __future__ import annotations

import msgspec
import pytest
from argon2 import PasswordHasher

from ledger.entering import EnteringError
from ledger.errors import SignInRefused
from ledger.people import People
from ledger.production import check_production, enter_production
from readings.times import SECOND
from rules.plan_check import load_plan

NOW = 1_700_000_000 * SECOND
WORD = "correct horse battery"
TEXT = """
plan: L
name: x
site: {id: S, name: x, timezone: Asia/Shanghai}
effective_from: 2023-11-01T00:00+08:00
line: {calendar: {production: [Mon-Sat 07:00-19:00]}}
sensors: {air: {unit: degC, every: 60 s}}
ccps: [{id: C, critical: [{id: a, kind: threshold, of: air, at_most: 5 degC}]}]
"""
PLAN = load_plan(TEXT, "plan.yaml")
BARE = load_plan(TEXT.replace("line: {calendar: {production: [Mon-Sat 07:00-19:00]}}\n", ""), "plan.yaml")


@pytest.fixture
def people(tmp_path):
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    found = People(tmp_path / "people.db", hasher=quick)
    found.add(id="lin", name="Lin Na", roles=["auditor", "operator"], password=WORD, now=1)
    found.add(id="aud", name="Aud Lin", roles=["auditor"], password=WORD, now=1)
    yield found
    found.close()


def signed(people, **changes):
    given = {"plan": PLAN, "step": "end", "who": "lin", "password": WORD, "now": NOW} | changes
    return enter_production(people, **given)


def test_a_signature_is_taken_as_it_was_given(people):
    """In the role that may, for the line, from that moment on."""
    act = signed(people)
    body = check_production(act, PLAN)
    assert (act.kind, act.line, act.time) == ("production.ended", "L", NOW)
    assert (body["role"], body["at"], body["line"]) == ("operator", "2023-11-14T22:13:20Z", "L")
    assert body["signature"]["meaning"] == "production ended"
    begun = signed(people, step="begin")
    assert begun.kind == "production.begun"
    assert "signature" not in check_production(begun, PLAN)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"who": "aud"}, "is for operator, qa, engineer; Aud Lin is auditor"),
        ({"role": "auditor"}, "is for operator, qa, engineer"),
        ({"step": "pause"}, "no step of production named pause"),
        ({"plan": BARE}, "has no calendar: nothing would follow"),
    ],
)
def test_what_cannot_be_entered_is_refused(people, changes, why):
    """With why."""
    with pytest.raises(EnteringError, match=why):
        signed(people, **changes)


def test_a_session_does_not_sign_without_the_password(people):
    """Who is signed in says that production begins; its end asks for the password again."""
    person = people.authenticate("lin", WORD, now=NOW)
    assert signed(people, step="begin", password="", person=person).who == "lin"
    with pytest.raises(EnteringError, match="give your password again"):
        signed(people, password="", person=person)
    with pytest.raises(SignInRefused):
        signed(people, password="wrong", person=person)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda act: act.body.pop("signature"), "the end of production is signed"),
        (lambda act: act.body.update(at="2023-11-14T20:00:00Z"), "says another time"),
        (lambda act: act.body.update(name="Somebody"), "the signature is not lin's"),
        (lambda act: act.body.update(role="qa"), "the signature is not lin's"),
        (lambda act: act.body.update(line="M"), "signed for line M"),
        (lambda act: act.body.update(who="aud"), "lin acts, and aud is named"),
    ],
)
def test_what_was_changed_on_its_way_is_refused(people, change, why):
    """The clerk holds the signature against what it stands under."""
    act = signed(people)
    act = msgspec.structs.replace(act, body=dict(act.body))
    change(act)
    with pytest.raises(EnteringError, match=why):
        check_production(act, PLAN)
    with pytest.raises(EnteringError, match="there is no such line"):
        check_production(signed(people), None)
