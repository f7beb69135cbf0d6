"""The API: papers made of the record. Whether one leaves the house, a person decides."""

from __future__ import annotations

import threading
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from dashboards.language import Tongue
from dashboards.reports.daily import daily_schema
from dashboards.reports.deviation import deviation_schema
from dashboards.web.access import ExportReader, Reader
from dashboards.web.errors import NotFound, NotRecorded
from dashboards.web.state import snapshot_of, web_of

router = APIRouter(tags=["reports"])
_turn = threading.Semaphore(1)  # one paper at a time: each reads the whole ledger
_PATIENCE = 30.0  # seconds to wait for the turn

Form = Annotated[Literal["pdf", "json"], Query(alias="format", description="What it is wanted as.")]
Spoken = Annotated[Tongue, Query(alias="lang", description="Of the PDF; the JSON speaks none.")]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {}, "application/json": {}}, "description": "The paper."}
}


@router.get("/cases/{case}/report", response_class=Response, responses=_ANSWERS)
def deviation_report(
    request: Request, _reader: ExportReader, case: str, form: Form = "pdf", tongue: Spoken = "zh"
) -> Response:
    """The deviation report of a case; a draft while the case is open."""
    from dashboards.reports import offer

    web = web_of(request)
    if case not in snapshot_of(web).cases:
        raise NotFound(f"there is no case {case}")
    with _Turn():
        made = (
            offer.deviation_pdf(web.site, case, tongue)
            if form == "pdf"
            else offer.deviation_json(web.site, case)
        )
    return _paper(made, form, f"deviation-{case}-{tongue}")


@router.get("/lines/{line}/days/{day}", response_class=Response, responses=_ANSWERS)
def daily_record(
    request: Request,
    _reader: ExportReader,
    line: str,
    day: Annotated[str, Path(pattern=r"^\d{4}-\d{2}-\d{2}$", description="A date at the site.")],
    form: Form = "pdf",
    tongue: Spoken = "zh",
) -> Response:
    """The daily record of a line: every second of the day accounted for."""
    from dashboards.reports import offer

    web = web_of(request)
    if line not in {each.id for each in snapshot_of(web).lines}:
        raise NotFound(f"there is no line {line}")
    with _Turn():
        made = (
            offer.daily_pdf(web.site, day, line, tongue)
            if form == "pdf"
            else offer.daily_json(web.site, day, line)
        )
    return _paper(made, form, f"daily-{line}-{day}-{tongue}")


@router.get("/schemas/{report}")
def schema(_reader: Reader, report: Literal["deviation-report", "daily-record"]) -> dict[str, Any]:
    """The JSON Schema of a report."""
    return deviation_schema() if report == "deviation-report" else daily_schema()


class _Turn:
    """Papers are made one after the other."""

    def __enter__(self) -> None:
        if not _turn.acquire(timeout=_PATIENCE):
            raise NotRecorded("too many papers are asked for at once; try again in a minute")

    def __exit__(self, *_: object) -> None:
        _turn.release()


def _paper(made: bytes, form: str, name: str) -> Response:
    kind = "application/pdf" if form == "pdf" else "application/json"
    return Response(
        made, media_type=kind, headers={"Content-Disposition": f'inline; filename="{name}.{form}"'}
    )
