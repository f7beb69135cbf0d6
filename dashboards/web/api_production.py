"""The API: the end of production, signed; and the starts of a line."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Request

from dashboards.web.access import Reader
from dashboards.web.entering import CsrfToken, Sender
from dashboards.web.errors import NotFound
from dashboards.web.once import OnceKey
from dashboards.web.producing import sign_production
from dashboards.web.shapes_entering import ProductionShape, SignedOff, SigningOff
from dashboards.web.state import snapshot_of, web_of
from ledger.production import PRODUCTION
from readings.times import format_time

router = APIRouter(tags=["lines"])
Step = StrEnum("Step", list(PRODUCTION))  # type: ignore[misc] # the steps stand in one place


@router.get("/lines/{line}/production", response_model=ProductionShape)
def show_production(request: Request, _reader: Reader, line: str) -> Any:
    """What was signed last of a line's production, and its last starts."""
    found = snapshot_of(web_of(request)).line(line)
    if found is None:
        raise NotFound(f"there is no line {line}")
    signed, held = found.production.signed, found.held
    return {
        "line": line,
        "hours": [str(each) for each in found.plan.line.calendar.production]
        if found.plan.line.calendar
        else [],
        "signed": None
        if signed is None
        else {
            "seq": signed.seq,
            "step": "end" if signed.ended else "begin",
            "at": format_time(signed.at),
            "who": signed.who,
            "name": signed.name,
            "role": signed.role,
            "holds": None if held is None else held.void is None,
            "void": None if held is None or held.void is None else str(held.void),
            "since": None if held is None or held.since is None else format_time(held.since),
        },
        "starts": [
            {
                "seq": each.seq,
                "unit": each.unit,
                "from": format_time(each.start),
                "to": None if each.end is None else format_time(each.end),
                "product": each.product,
                "lots": each.lots,
            }
            for each in found.production.starts
        ],
    }


@router.post("/lines/{line}/production/{step}", status_code=202)
def sign(  # noqa: PLR0913 - what comes with a request
    request: Request,
    line: str,
    step: Step,
    given: SigningOff,
    idempotency_key: OnceKey = None,
    csrf: CsrfToken = "",
) -> SignedOff:
    """Sign the end of production, or say that it begins. The end asks for the password always."""
    id_ = sign_production(
        request,
        Sender(given.who, given.password, given.role, csrf, idempotency_key),
        line=line,
        step=step.value,
    )
    return SignedOff(act=id_, line=line, step=step.value)
