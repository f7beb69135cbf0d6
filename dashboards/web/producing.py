"""A person signs the end of production, or says that it begins."""

from __future__ import annotations

from fastapi import Request

from dashboards.web.entering import Entry, Sender, entered_once, line_of
from dashboards.web.state import Web
from ledger.people import Person
from ledger.production import ROLES, enter_production
from readings.inputs import Act


def sign_production(request: Request, sender: Sender, *, line: str, step: str) -> str:
    """Enter the end or the begin of production; the id of the act. Raises what `entered_once` does.

    Args:
        request: that asks for it.
        sender: who signs: the end asks for the password in any case.
        line: its id.
        step: `end` or `begin`.
    """

    def find(web: Web) -> Entry:
        plan = line_of(web, line).plan

        def make(person: Person, _token: str) -> Act:
            return enter_production(
                web.stores.people,
                plan=plan,
                step=step,
                who=person.id,
                password=sender.password,
                role=sender.role,
                now=web.now(),
                person=person,
            )

        return Entry(
            about=(line, f"production {step}"),
            asked=None,
            what=f"the {step} of production",
            roles=ROLES,
            signed=step == "end",
            make=make,
        )

    return entered_once(request, sender, find)
