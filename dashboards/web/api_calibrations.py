"""The API: calibrations that the plans ask for, and entering one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from dashboards.views.calibrations import DueCalibration, due_calibrations
from dashboards.web.access import Reader
from dashboards.web.calibrating import Calibrated, enter_calibrated
from dashboards.web.entering import CsrfToken, Sender
from dashboards.web.once import OnceKey
from dashboards.web.shapes_calibrations import CalibrationEntered, CalibrationList, CalibrationResult
from dashboards.web.state import snapshot_of, web_of
from readings.times import format_time, parse_time

router = APIRouter(tags=["calibrations"])


@router.get("/calibrations", response_model=CalibrationList)
def list_calibrations(request: Request, _reader: Reader, line: str | None = None) -> Any:
    """Every instrument that the plans have calibrated: what is overdue first, and what was entered last."""
    web = web_of(request)
    plans = [each.plan for each in snapshot_of(web).lines if line in (None, each.id)]
    with web.stores.ledger() as ledger:
        return {"calibrations": [_due(each) for each in due_calibrations(ledger, plans, web.now())]}


@router.post("/lines/{line}/calibrations", status_code=202)
def enter_calibration_result(
    request: Request,
    line: str,
    given: CalibrationResult,
    idempotency_key: OnceKey = None,
    csrf: CsrfToken = "",
) -> CalibrationEntered:
    """Enter a calibration. It is signed: the password is asked for always. One that fails is looked back on."""
    said = Calibrated(
        sensor=given.sensor,
        point=given.point,
        found=given.found,
        left=given.left,
        performed=parse_time(given.performed) if given.performed is not None else None,
        reference=given.reference,
        certificate=given.certificate,
        remark=given.remark,
    )
    id_ = enter_calibrated(
        request,
        Sender(given.who, given.password, given.role, csrf, idempotency_key),
        line=line,
        said=said,
    )
    return CalibrationEntered(calibration=id_, line=line)


def _due(each: DueCalibration) -> dict[str, Any]:
    names = (
        "calibration",
        "performed",
        "found",
        "left",
        "tolerance",
        "passed",
        "reference",
        "certificate",
        "remark",
    )
    return {
        "line": each.plan.line_id,
        "sensor": each.sensor,
        "point": each.point,
        "verification": each.check.id,
        "every": each.check.every,
        "tolerance": str(each.check.tolerance) if each.check.tolerance is not None else None,
        "unit": each.unit,
        "due": None if each.due is None else format_time(each.due),
        "overdue": each.overdue,
        "last": None
        if each.last is None
        else {name: each.last.body[name] for name in (*names, "who", "name", "role")}
        | {"seq": each.last.seq, "looking_back": each.last.looking_back},
    }
