"""The API: how complete the record is, hour by hour, and every gap with what it comes from."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from dashboards.web.access import Reader
from dashboards.web.asked import Asked
from dashboards.web.shapes_completeness import CompletenessShape, GapsShape
from dashboards.web.state import web_of
from ingest.completeness import Hour
from ingest.gaps import Gap
from readings.inputs import Series
from readings.times import HOUR, SECOND, format_time

router = APIRouter(tags=["completeness"])


@router.get("/completeness", response_model=CompletenessShape)
def list_hours(request: Request, _reader: Reader, asked: Asked) -> Any:
    """Readings expected and received, of each series and hour of a period; late readings correct the hour they are of."""
    with web_of(request).stores.completeness() as store:
        found = store.hours(asked.start // HOUR * HOUR, asked.end, line=asked.line, sensor=asked.sensor)
    return {"hours": [_hour(each) for each in asked.page(found)], "next": asked.next(found)}


@router.get("/gaps", response_model=GapsShape)
def list_gaps(request: Request, _reader: Reader, asked: Asked) -> Any:
    """Spans without a usable reading that reach into a period, and times at which nothing at all was recorded."""
    with web_of(request).stores.completeness() as store:
        found = store.gaps(asked.start, asked.end, line=asked.line, sensor=asked.sensor)
        interrupted = store.interruptions(asked.start, asked.end)
    return {
        "gaps": [_gap(series, gap) for series, gap in asked.page(found)],
        "interruptions": [
            {"from": format_time(each.start), "to": format_time(each.end), "cause": each.cause}
            for each in interrupted
        ],
        "next": asked.next(found),
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
