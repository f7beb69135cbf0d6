"""The API: values that people measure and enter by hand."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from dashboards.views.by_hand import DueValue
from dashboards.web.access import Reader
from dashboards.web.entering import CsrfToken, Sender
from dashboards.web.measuring import enter_measured
from dashboards.web.once import OnceKey
from dashboards.web.shapes_entering import ByHandEntered, ByHandList, ByHandValue
from dashboards.web.state import snapshot_of, standing_of, web_of
from ledger.entering_values import Measured
from readings.times import format_time, parse_time

router = APIRouter(tags=["by hand"])


@router.get("/by-hand", response_model=ByHandList)
def list_by_hand(request: Request, _reader: Reader, line: str | None = None) -> Any:
    """Values that people enter: what is overdue or due first, for which limits, and the last one entered."""
    snapshot = snapshot_of(web_of(request))
    found = [each for each in snapshot.by_hand if line in (None, each.line)]
    return {"values": [_value(each) for each in found], **standing_of(snapshot)}


@router.post("/lines/{line}/by-hand/{name}", status_code=202)
def enter_by_hand(  # noqa: PLR0913 - what comes with a request
    request: Request,
    line: str,
    name: str,
    given: ByHandValue,
    idempotency_key: OnceKey = None,
    csrf: CsrfToken = "",
) -> ByHandEntered:
    """Enter a value that was measured by hand, as who is signed in, or as `who` with their password."""
    at = parse_time(given.measured) if given.measured is not None else None
    measured = Measured(name, given.value, at, given.zone, given.note)
    id_ = enter_measured(
        request,
        Sender(given.who, given.password, given.role, csrf, idempotency_key),
        line=line,
        measured=measured,
    )
    return ByHandEntered(act=id_, line=line, name=name)


def _value(due: DueValue) -> dict[str, Any]:
    last = due.last
    return {
        "line": due.line,
        "name": due.name,
        "zone": due.zone,
        "label": due.value.name or {},
        "unit": due.value.unit.name,
        "turn": due.turn.name.lower().replace("_", " "),
        "due": None if due.due is None else format_time(due.due),
        "instead": list(due.instead),
        "limits": [
            {
                "ccp": row.watch.ccp,
                "limit": row.watch.limit,
                "unit": row.watch.unit,
                "verdict": row.verdict,
                "bounds": [{"word": bound.word, "value": bound.written} for bound in row.watch.bounds],
            }
            for row in due.rows
        ],
        "last": None
        if last is None
        else {
            "value": last.value,
            "measured": format_time(last.measured),
            "name": last.name,
            "late": last.late,
        },
    }
