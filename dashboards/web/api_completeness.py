"""The API: how complete the record is, hour by hour, and every gap with what it comes from."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from dashboards.web.access import Reader
from dashboards.web.period import period_of
from dashboards.web.shapes import Time
from dashboards.web.shapes_completeness import CompletenessShape, GapsShape
from dashboards.web.state import web_of
from ingest.completeness import Hour
from ingest.gaps import Gap
from readings.inputs import Series
from readings.times import HOUR, SECOND, format_time

router = APIRouter(tags=["completeness"])
MOST = 10_000  # rows of one answer
_FROM = Query(alias="from", description="RFC 3339, with its offset.")
_TO = Query(alias="to", description="RFC 3339, with its offset; not included.")
_AFTER = Query(ge=0, le=2**53, description="`next` of the page before.")


@router.get("/completeness", response_model=CompletenessShape)
def list_hours(  # noqa: PLR0913 - what can be asked for
    request: Request,
    _reader: Reader,
    start: Annotated[Time, _FROM],
    end: Annotated[Time, _TO],
    line: str | None = None,
    sensor: str | None = None,
    after: Annotated[int, _AFTER] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 1000,
) -> Any:
    """Readings expected and received, of each series and hour of a period; late readings correct the hour they are of."""
    first, last = period_of(start, end)
    with web_of(request).stores.completeness() as store:
        found = store.hours(first // HOUR * HOUR, last, line=line, sensor=sensor)
    page = found[after : after + limit]
    return {"hours": [_hour(each) for each in page], "next": _next(found, after, limit)}


@router.get("/gaps", response_model=GapsShape)
def list_gaps(  # noqa: PLR0913 - what can be asked for
    request: Request,
    _reader: Reader,
    start: Annotated[Time, _FROM],
    end: Annotated[Time, _TO],
    line: str | None = None,
    sensor: str | None = None,
    after: Annotated[int, _AFTER] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 1000,
) -> Any:
    """Spans without a usable reading that reach into a period, and times at which nothing at all was recorded."""
    first, last = period_of(start, end)
    with web_of(request).stores.completeness() as store:
        found = store.gaps(first, last, line=line, sensor=sensor)
        interrupted = store.interruptions(first, last)
    return {
        "gaps": [_gap(series, gap) for series, gap in found[after : after + limit]],
        "interruptions": [
            {"from": format_time(each.start), "to": format_time(each.end), "cause": each.cause}
            for each in interrupted
        ],
        "next": _next(found, after, limit),
    }


def _hour(each: Hour) -> dict[str, Any]:
    return {
        "series": _name(each.series),
        "hour": format_time(each.start),
        "expected": each.expected,
        "received": each.received,
        "good": each.good,
        "uncertain": each.uncertain,
        "bad": each.bad,
    }


def _gap(series: Series, gap: Gap) -> dict[str, Any]:
    return {
        "series": _name(series),
        "from": format_time(gap.start),
        "to": None if gap.end is None else format_time(gap.end),
        "seconds": None if gap.end is None else (gap.end - gap.start) / SECOND,
        "cause": gap.cause,
        "detail": gap.detail,
        "missed": gap.missed,
    }


def _name(series: Series) -> str:
    return f"{series.line}/{series.sensor}/{series.point}"


def _next(found: list[Any], after: int, limit: int) -> str | None:
    return str(after + limit) if len(found) > after + limit else None
