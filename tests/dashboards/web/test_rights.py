"""The table of rights agrees with the steps of a case."""

from __future__ import annotations

from dashboards.web.rights import NOBODY, ROLE_RIGHTS, SCOPE_RIGHTS, Right, rights_of, steps_of
from ledger.api_keys import SCOPES
from ledger.people import ROLES
from rules.cases import TRANSITIONS


def test_every_role_and_scope_has_its_rights():
    """None is forgotten, none is made up."""
    assert set(ROLE_RIGHTS) == set(ROLES)
    assert set(SCOPE_RIGHTS) == set(SCOPES)


def test_acting_and_signing_follow_the_steps():
    """A role acts if it takes unsigned steps, and signs if it takes signed ones."""
    for role, rights in ROLE_RIGHTS.items():
        steps = [TRANSITIONS[name] for name in steps_of(role)]
        assert (Right.ACT in rights) == any(not step.signed for step in steps)
        assert (Right.SIGN in rights) == any(step.signed for step in steps)


def test_no_key_and_nobody_unknown_changes_anything():
    """Whatever is added to the scopes later."""
    for rights in (*SCOPE_RIGHTS.values(), NOBODY):
        assert not rights & {Right.ACT, Right.SIGN}
    assert Right.EXPORT not in NOBODY


def test_several_roles_add_up():
    """And an unknown one adds nothing."""
    assert rights_of(["operator", "auditor"]) == {Right.READ, Right.ACT, Right.EXPORT}
    assert rights_of(["cleaner"]) == frozenset()
