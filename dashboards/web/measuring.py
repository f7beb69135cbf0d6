"""A person enters a value that was measured by hand."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from fastapi import Request

from dashboards.web.entering import Entry, Sender, entered_once, line_of
from dashboards.web.state import Web
from ledger.entering_values import ROLES, Measured, enter_value
from ledger.people import Person
from readings.inputs import Act


def enter_measured(
    request: Request, sender: Sender, *, line: str, measured: Measured, asked: Any = None
) -> str:
    """Enter a value that was measured by hand; the id of the act. Raises what `entered_once` does.

    Args:
        request: that asks for it.
        sender: who enters it.
        line: its id.
        measured: what was.
        asked: what makes it the same request, where that is not `measured`: a form says how long ago it was.
    """

    def find(web: Web) -> Entry:
        plan = line_of(web, line).plan

        def make(person: Person, _token: str) -> Act:
            return enter_value(plan, measured, person, now=web.now(), role=sender.role)

        return Entry(
            about=(line, measured.name),
            asked=asked if asked is not None else astuple(measured),
            what="a value by hand",
            roles=ROLES,
            signed=False,
            make=make,
        )

    return entered_once(request, sender, find)
