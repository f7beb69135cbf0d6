"""How complete the record is: of every sensor, the last 24 hours, what was expected, what came, and every gap."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from fastapi import APIRouter, Depends, Request, Response

from dashboards.pages.desk import visit
from dashboards.pages.words import Words
from dashboards.views.gap_causes import CAUSES
from dashboards.views.snapshot import Snapshot
from dashboards.web.errors import NotRecorded
from dashboards.web.session import may_read
from dashboards.web.state import web_of
from ingest.completeness import Completeness
from ingest.gaps import Gap
from readings.inputs import LONE_POINT, Series
from readings.times import DAY, HOUR

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])
_SHOWN = 20  # gaps of a sensor


@dataclass(slots=True)
class Counted:
    """A sensor in the period.

    Attributes:
        name: of it, and of the point where there are several.
        expected: usable readings; None where they come when they come.
        usable: readings that came, good or uncertain.
        bad: readings that came and have no value.
        gaps: that reach into the period, the last first, no more than are shown.
        more: gaps that are not shown.
    """

    name: str
    expected: int | None = None
    usable: int = 0
    bad: int = 0
    gaps: list[Gap] = field(default_factory=list)
    more: int = 0

    @property
    def whole(self) -> bool:
        """Whether there is no gap."""
        return not self.gaps


@router.get("/completeness")
def show(request: Request) -> Response:
    """The last 24 hours, from a whole hour on."""
    shown = visit(request)
    start = -(-(shown.snap.at - DAY) // HOUR) * HOUR
    lines: dict[str, list[Counted]] = {}
    try:
        with web_of(request).stores.completeness() as store:
            lines = counted(store, start, shown.snap, shown.words)
    except NotRecorded:
        pass  # the page says so
    return shown.page(
        "completeness.html", lines=lines, start=start, cause_of=lambda gap: _cause(gap, shown.words)
    )


def counted(store: Completeness, start: int, snap: Snapshot, words: Words) -> dict[str, list[Counted]]:
    """By name of the line, the sensors of which anything was expected or came.

    Args:
        store: completeness.db.
        start: of the period, a whole hour, ns UTC; it ends now.
        snap: names the lines and their sensors.
        words: of the reader.
    """
    found: dict[Series, Counted] = {}
    for hour in store.hours(start, snap.at):
        each = found.setdefault(hour.series, Counted(_named(hour.series, snap, words)))
        if hour.expected is not None:
            each.expected = (each.expected or 0) + hour.expected
        each.usable += hour.good + hour.uncertain
        each.bad += hour.bad
    for series, gap in store.gaps(start, snap.at):
        found.setdefault(series, Counted(_named(series, snap, words))).gaps.insert(0, gap)
    lines: dict[str, list[Counted]] = defaultdict(list)
    for series, each in sorted(found.items()):
        each.gaps, each.more = each.gaps[:_SHOWN], max(len(each.gaps) - _SHOWN, 0)
        line = snap.line(series.line)
        lines[words.name(line.plan.name, series.line) if line else series.line].append(each)
    return lines


def _named(series: Series, snap: Snapshot, words: Words) -> str:
    line = snap.line(series.line)
    sensor = line.plan.sensors.get(series.sensor) if line else None
    name = words.name(sensor.name if sensor else None, series.sensor)
    several = sensor is not None and (sensor.points or 1) > 1
    return f"{name} {series.point}" if several or series.point != LONE_POINT else name


def _cause(gap: Gap, words: Words) -> str:
    known = CAUSES.get(gap.cause)
    return words.say(known) if known else words.reason(gap.cause)
