"""A person takes a step of a case."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from dashboards.web.entering import Entry, Sender, entered_once
from dashboards.web.errors import NotFound
from dashboards.web.state import Web, snapshot_of
from ledger.entering import enter_action
from ledger.people import Person
from readings.inputs import Act
from rules.cases import TRANSITIONS


def act_on_case(request: Request, sender: Sender, *, case: str, action: str, entered: dict[str, Any]) -> str:
    """Enter a step of a case; the id of the act. Raises what `entered_once` does.

    Args:
        request: that asks for it.
        sender: who takes it.
        case: its id.
        action: one of `rules.cases.TRANSITIONS`.
        entered: the texts that the action needs.
    """
    step = TRANSITIONS.get(action)

    def find(web: Web) -> Entry:
        if case not in snapshot_of(web).cases:
            raise NotFound(f"there is no case {case}")

        def make(person: Person, _token: str) -> Act:
            with web.stores.ledger() as ledger:
                return enter_action(
                    ledger,
                    web.stores.people,
                    action=action,
                    case=case,
                    who=person.id,
                    password=sender.password,
                    role=sender.role,
                    entered=dict(entered),
                    now=web.now(),
                    person=person,
                )

        return Entry(
            about=(case, action),
            asked=entered,
            what=action,
            roles=step.roles if step is not None else (),
            signed=step is not None and step.signed,
            make=make,
        )

    return entered_once(request, sender, find)
