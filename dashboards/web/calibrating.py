"""A person enters a calibration."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from fastapi import Request

from dashboards.views.calibrations import due_calibrations
from dashboards.web.entering import Entry, Sender, entered_once, line_of
from dashboards.web.state import Web
from ledger.calibration import ROLES, enter_calibration
from ledger.people import Person
from readings.inputs import Act


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was entered of a calibration.

    Attributes:
        sensor, point: of which instrument.
        found: what it showed less the reference.
        left: likewise when it went back into use; empty where it was left as found.
        performed: ns UTC; None: just now.
        reference, certificate, remark: texts.
    """

    sensor: str
    point: str
    found: str
    left: str
    performed: int | None
    reference: str
    certificate: str
    remark: str


def enter_calibrated(request: Request, sender: Sender, *, line: str, said: Calibrated) -> str:
    """Enter a calibration; its id. Raises what `entered_once` does.

    Args:
        request: that asks for it.
        sender: who signs it: the password is asked for in any case.
        line: its id.
        said: what was entered.
    """

    def find(web: Web) -> Entry:
        plan = line_of(web, line).plan
        series = f"{line}/{said.sensor}/{said.point}"
        with web.stores.ledger() as ledger:
            known = [
                each.last for each in due_calibrations(ledger, [plan], web.now()) if each.series == series
            ]
        last = known[0].performed if known and known[0] is not None else None

        def make(person: Person, token: str) -> Act:
            now = web.now()
            return enter_calibration(
                web.stores.people,
                plan=plan,
                sensor=said.sensor,
                point=said.point,
                found=said.found,
                left=said.left,
                performed=said.performed if said.performed is not None else now,
                entered={
                    "reference": said.reference,
                    "certificate": said.certificate,
                    "remark": said.remark,
                },
                who=person.id,
                password=sender.password,
                now=now,
                role=sender.role,
                id_=token[:16],
                person=person,
                last=last,
            )

        return Entry(
            about=(line, "calibration"),
            asked=asdict(said),
            what="a calibration",
            roles=ROLES,
            signed=True,
            make=make,
        )

    return entered_once(request, sender, find, name=lambda act: str(act.body["calibration"]))
