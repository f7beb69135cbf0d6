"""Flood control: losses with one cause go in one message. What is recorded of each stays its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dashboards.notices.agenda import LOSSES, Telling
from dashboards.notices.settings import NoticeSettings
from dashboards.views.silent_ends import SilentEnd
from readings.times import MINUTE, NEVER, SECOND, zone

LATE = "late"
UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is told.

    Attributes:
        key: the same for what goes together.
        source: the device or broker that does not answer; empty where it is another cause.
        wait: so long after the first is due others are waited for, ns.
        gap: so long after a message about it the next may go, ns.
        end: what does not answer behind a source that does: unlike that of a source, its outage is told again with
            each new loss, for the next may be another one's.
    """

    key: str
    source: str = ""
    wait: int = 0
    gap: int = 0
    end: SilentEnd | None = None


@dataclass(slots=True)
class Batch:
    """What goes in one message to each who is to hear it, and what does not answer behind its source."""

    cause: Cause
    tellings: list[Telling] = field(default_factory=list)
    ends: dict[SilentEnd, None] = field(default_factory=dict)


def cause_of(telling: Telling, settings: NoticeSettings, down: Mapping[str, SilentEnd]) -> Cause:
    """The cause of one telling.

    Args:
        telling: what is told.
        settings: windows.
        down: by series `line/sensor/point`, the source that it comes from, or what is behind that, where it does not
            answer now.
    """
    fact, turn = telling.fact, telling.turn
    if telling.rung.propose is not None:
        key = f"proposal {fact.line} {turn.rung} {telling.rung.propose}"
        return Cause(key, wait=settings.together, gap=settings.further)
    if telling.late:
        return Cause(LATE, wait=settings.together, gap=settings.further)
    if telling.kind in LOSSES:
        end = next((down[series] for series in fact.series if series in down), None)
        source = end.source if end is not None and end.kind == "source" else ""
        key = (
            f"source {source}"
            if source
            else f"behind {end.source}"
            if end is not None
            else f"loss {fact.line}"
        )
        behind = None if source else end
        return Cause(f"{key} {turn.rung}", source, settings.together, settings.further, behind)
    return Cause(f"{telling.kind} {fact.line} {fact.ccp} {turn.rung}", gap=settings.together)


def ready(
    tellings: Iterable[Telling],
    settings: NoticeSettings,
    down: Mapping[str, SilentEnd],
    last: Callable[[str], int | None],
    now: int,
) -> tuple[list[Batch], int]:
    """The batches that go now, and when the next one will, ns; NEVER if none waits.

    Args:
        tellings: all that is due.
        settings: windows.
        down: see `cause_of`.
        last: when a message about a cause went last, ns; None if none did.
        now: ns UTC.
    """
    batches: dict[str, Batch] = {}
    for telling in tellings:
        cause = cause_of(telling, settings, down)
        batch = batches.setdefault(cause.key, Batch(cause))
        batch.tellings.append(telling)
        if cause.end is not None:
            batch.ends[cause.end] = None
    found, coming = [], NEVER
    for batch in batches.values():
        before = last(batch.cause.key)
        at = min(each.at for each in batch.tellings) + batch.cause.wait
        if before is not None and before <= now:  # a clock that was set back holds nothing up
            at = max(at, before + batch.cause.gap)
        if batch.cause.key == LATE and settings.quiet is not None:
            at = max(at, quiet_end(settings.quiet, batch.tellings[0].plan.site.timezone, now))
        if at <= now:
            found.append(batch)
        else:
            coming = min(coming, at)
    return found, coming


def quiet_end(quiet: str, timezone: str, now: int) -> int:
    """When the quiet hours in which `now` lies are over, ns; `now` where it lies in none.

    Args:
        quiet: `22:00-06:00`, local time.
        timezone: IANA name.
        now: ns UTC.
    """
    local = datetime.fromtimestamp(now // SECOND, UTC).astimezone(zone(timezone))
    minute = local.hour * 60 + local.minute
    begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in quiet.split("-"))
    if not (begin <= minute < end or (begin > end and (minute >= begin or minute < end))):
        return now
    return now + ((end - minute) % (24 * 60)) * MINUTE - local.second * SECOND
