"""The API: readings of a series, one by one or in buckets. Read in parts, so that no question fills the memory."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import numpy as np
from fastapi import APIRouter, Query, Request, Response

from dashboards.web.access import Reader
from dashboards.web.errors import NotFound, WebRefusal
from dashboards.web.period import period_of
from dashboards.web.shapes import BucketsShape, Readings, Time
from dashboards.web.state import Web, snapshot_of, web_of
from ingest.buckets import Buckets, width_of
from ingest.history import History
from readings.block import I64, Block, join
from readings.inputs import Series
from readings.quality import REASON_TEXT, Quality
from readings.times import DAY, HOUR, SECOND, format_time, parse_time

router = APIRouter(tags=["readings"])
MOST = 10_000  # rows, or buckets, of one answer
_PART = 7 * DAY  # of which the values are in memory at once
_NAME = Query(
    description="`line/sensor/point`; the point may be left out where it is 1.", examples=["cold-3/air/CS1.1"]
)
_FROM = Query(alias="from", description="RFC 3339, with its offset.")
_TO = Query(alias="to", description="RFC 3339, with its offset; not included.")


@router.get("/readings", response_model=Readings)
def list_readings(  # noqa: PLR0913 - what can be asked for
    request: Request,
    _reader: Reader,
    series: Annotated[str, _NAME],
    start: Annotated[Time, _FROM],
    end: Annotated[Time, _TO],
    after: Annotated[Time | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 1000,
) -> Any:
    """Readings of a series by time, one for each time: as it became known last. Every revision is in the package."""
    web = web_of(request)
    of, unit = _series(web, series)
    first, last = period_of(start, end)
    if after is not None:
        first = max(first, parse_time(after) + 1)
    rows = _rows(web.stores.history, of, first, last, limit + 1)
    page = rows.part(0, limit)
    return Response(
        msgspec.json.encode(
            {
                "series": series,
                "unit": unit,
                "time": _times(page.time),
                "value": page.value.tolist(),
                "raw": page.raw.tolist(),
                "quality": [Quality(each).name.lower() for each in page.quality.tolist()],
                "reason": [REASON_TEXT.get(each, "") for each in page.reason.tolist()],
                "received": _times(page.received),
                "next": format_time(int(page.time[-1])) if len(rows) > limit else None,
            }
        ),
        media_type="application/json",
    )


@router.get("/buckets", response_model=BucketsShape)
def list_buckets(
    request: Request,
    _reader: Reader,
    series: Annotated[str, _NAME],
    start: Annotated[Time, _FROM],
    end: Annotated[Time, _TO],
    count: Annotated[int, Query(ge=1, le=MOST, description="How many buckets.")] = 500,
) -> Any:
    """Lowest, highest and last value of a series in buckets of equal width: what a chart needs."""
    web = web_of(request)
    of, unit = _series(web, series)
    first, last = period_of(start, end)
    if last - first < count:
        raise WebRefusal(f"{last - first} ns do not make {count} buckets")
    if width_of(first, last, count) > _PART:
        raise WebRefusal(f"a bucket is {_PART // DAY} days wide at most; ask for more of them")
    found = _buckets(web.stores.history, of, first, last, count)
    return Response(
        msgspec.json.encode(
            {
                "series": series,
                "unit": unit,
                "width_seconds": width_of(first, last, count) / SECOND,
                "start": _times(np.concatenate([each.start for each in found])),
                "count": np.concatenate([each.count for each in found]).tolist(),
            }
            | {
                name: np.concatenate([getattr(each, name) for each in found]).tolist()
                for name in ("low", "high", "last")
            }
        ),
        media_type="application/json",
    )


def _series(web: Web, name: str) -> tuple[Series, str]:
    """The series of a name, and its unit."""
    line, _, rest = name.partition("/")
    sensor, _, point = rest.partition("/")
    of = Series(line, sensor, point or "1")
    for each in snapshot_of(web).lines:
        known = each.plan.sensors.get(sensor) if each.id == line else None
        if known is not None and any(of.point in points for points in known.point_names().values()):
            return of, known.unit.name
    raise NotFound(f"no plan has the series {name!r}; /api/v1/lines lists those that there are")


def _rows(history: History, series: Series, start: int, end: int, most: int) -> Block:
    """The first so many rows of a period, looked for in parts that grow while little is found."""
    parts: list[Block] = []
    found, width = 0, HOUR
    while start < end and found < most:
        part = history.rows(series, start, min(start + width, end))
        parts.append(part)
        found, start, width = found + len(part), start + width, min(width * 2, _PART)
    return join(parts).part(0, most)


def _buckets(history: History, series: Series, start: int, end: int, count: int) -> list[Buckets]:
    """The buckets of a period, some of them at a time."""
    width = width_of(start, end, count)
    step = max(1, _PART // width)
    found = []
    for first in range(0, count, step):
        begin = start + first * width
        if begin >= end:
            break
        stop = min(start + (first + step) * width, end)
        found.append(history.buckets(series, begin, stop, -(-(stop - begin) // width)))
    return found


def _times(ns: I64) -> list[str]:
    return [format_time(each) for each in ns.tolist()]
