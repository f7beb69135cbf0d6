"""What programs hand in by HTTP becomes readings, states and evidence, by the site file."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.columns import Columns
from gateway.device import series_of, unit_for
from gateway.errors import SourceError
from gateway.gauge import Gauge, gauge
from gateway.http_settings import HttpSource, PostedValue
from gateway.measure import NS_PER
from gateway.posted_body import Handed, NotHanded, handed_in
from gateway.values import measured
from readings.block import LARGEST, NO_SEQ, Block
from readings.errors import HaccplineError
from readings.inputs import LONE_POINT, Act, Series, State
from readings.ports import Quarantined
from readings.posted import EVIDENCE, Form, Post, PostError, PostFault, Understood
from readings.quality import REASON_NAMED, Quality, Reason
from readings.times import MS, NEVER_SET, arrival, format_time, parse_time
from readings.units import Unit, unit_named

_STATED = {"good": Reason.NONE, "uncertain": Reason.DOUBTED, "bad": Reason.DEVICE_FAULT}
_SHOWN = 5  # faults that a reason in quarantine names


class _FaultyError(Exception):
    """A value cannot be taken; its field, and why."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(what)
        self.field = field


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A value that may be handed in, ready to be read."""

    settings: PostedValue
    series: Series
    gauge: Gauge

    def time(self, handed: Handed, post: Post) -> tuple[int, Reason]:
        """The event time, ns UTC, and what is to be said of it."""
        if handed.time is None:
            if self.settings.time == "required":
                raise _FaultyError(
                    "time", "there is no time; send one, or have the site file say time: arrival"
                )
            if handed.backfill:
                raise _FaultyError(
                    "time", "there is no time; of what was kept and is sent late nobody else knows it"
                )
            return arrival(post.received), Reason.NONE
        try:
            time = (
                parse_time(handed.time)
                if isinstance(handed.time, str)
                else handed.time * NS_PER[post.precision]
            )
        except HaccplineError as error:
            raise _FaultyError("time", str(error)) from error
        if not 0 < time <= LARGEST:
            raise _FaultyError("time", f"{handed.time} {post.precision} since 1970 is out of range")
        if time < NEVER_SET:
            hint = "" if isinstance(handed.time, str) else f"; it was read as {post.precision}: say precision"
            raise _FaultyError(
                "time",
                f"it is {format_time(time)}, which is no clock's but one that was never set{hint}",
            )
        within, late = self.settings.within, handed.backfill or self.settings.backfill
        far = within is not None and abs(time - post.received) > within
        if late and time < post.received and (far or handed.backfill):
            return time, Reason.BACKFILL
        return time, Reason.CLOCK if far else Reason.NONE

    def measured(self, value: Any) -> tuple[float, float, Reason]:
        """Value in the plan's unit, raw number and reason."""
        try:
            found = measured(self.gauge, value)
        except OverflowError as error:
            raise _FaultyError("value", "the number is out of range") from error
        if found is None:
            raise _FaultyError("value", f"it is {value!r}; a number was expected")
        return found

    def state(self, handed: Handed, time: int, received: int) -> State:
        """The coded text that holds from then on."""
        if not isinstance(handed.value, str) or not handed.value.isprintable():
            raise _FaultyError("value", f"it is {handed.value!r}; a printable text was expected")
        said = _stated(handed)
        if said.quality is Quality.BAD:
            raise _FaultyError("quality", f"a text cannot be recorded as bad, and this one is: {said.text}")
        zone = "" if self.series.point == LONE_POINT else self.series.point
        return State(time, self.series.line, self.series.sensor, handed.value, zone, received)


class PostReader:
    """Understands what is handed in to one source.

    Args:
        source: its settings.
        units: for each series of the plans, the plan's unit.

    Raises:
        SourceError: it reads what no plan has, or in a unit that cannot become the plan's.
    """

    def __init__(self, source: HttpSource, units: Mapping[Series, Unit]) -> None:
        self._source = source
        self._wanted: dict[str, list[_Wanted]] = {}
        for value in sorted(source.http, key=lambda each: -len(each.tags)):
            series = series_of(value.reads, source.name)
            self._wanted.setdefault(value.name, []).append(
                _Wanted(value, series, _gauge(source.name, value, series, units))
            )

    def __call__(self, post: Post) -> Understood:
        """What a body says.

        Raises:
            PostError: it cannot be read at all.
        """
        columns, acts = Columns(), list[Act]()
        faults: list[PostFault] = []
        aside: dict[bytes, None] = {}
        ignored = 0
        for handed in handed_in(post):
            if isinstance(handed, NotHanded):
                faults.append(PostFault(handed.at, handed.why))
                aside[handed.text] = None
                continue
            if self._source.ignores(handed.name):
                ignored += 1
                continue
            try:
                acts += self._add(columns, handed, post)
            except _FaultyError as fault:
                faults.append(PostFault(handed.at + handed.field(fault.field), str(fault)))
                aside[handed.text] = None
        block = columns.take()
        return Understood(
            block=replace(block, acts=tuple(acts)) if acts else block,
            faults=tuple(faults),
            aside=self._aside(list(aside), faults, post) if faults else None,
            ignored=ignored,
        )

    def _add(self, columns: Columns, handed: Handed, post: Post) -> Iterator[Act]:
        wanted = self._of(handed)
        time, reason = wanted.time(handed, post)
        received = post.received - post.received % MS
        if not 0 <= (handed.sequence or 0) <= LARGEST:
            raise _FaultyError("sequence", f"{handed.sequence} is out of range")
        evidence = tuple(_evidence(handed, wanted.series, time, post.received, self._source.name))
        if wanted.settings.unit == "text":
            if reason is Reason.CLOCK and time > post.received:
                raise _FaultyError(
                    "time", f"the text would hold from {format_time(time)} on, which is still to come"
                )
            columns.states.append(wanted.state(handed, time, received))
            return iter(evidence)
        value, raw, found = wanted.measured(handed.value)
        for each in (_stated(handed), reason):
            if each is not Reason.NONE and (each.quality > found.quality or found is Reason.NONE):
                found = each
        value = math.nan if found.quality is Quality.BAD else value
        sequence = NO_SEQ if handed.sequence is None else handed.sequence
        columns.cells += (columns.number(wanted.series), time, value, raw, found, received, sequence)
        return iter(evidence)

    def _of(self, handed: Handed) -> _Wanted:
        named = self._wanted.get(handed.name, ())
        for wanted in named:
            if wanted.settings.tags.items() <= handed.tags.items():
                return wanted
        if named:
            raise _FaultyError("tags", f"{handed.name!r} is not read with these tags")
        known = ", ".join(sorted(self._wanted))
        raise _FaultyError("name", f"source {self._source.name} has no {handed.name!r}; it has {known}")

    def _aside(self, parts: list[bytes], faults: list[PostFault], post: Post) -> Quarantined:
        shown = "; ".join(map(str, faults[:_SHOWN]))
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        lines = post.form is Form.LINES
        payload = b"\n".join(parts) if lines else b'{"readings":[' + b",".join(parts) + b"]}"
        return Quarantined(
            f"http {post.form} {post.precision}",
            payload,
            shown + more,
            post.received,
            readings=len(faults),
            origin=self._source.name,
        )


def misfits(
    source: HttpSource, units: Mapping[Series, Unit]
) -> Iterator[tuple[tuple[str | int, ...], SourceError]]:
    """Values of the plan that are handed in in a unit that cannot become the plan's: where that stands, and why."""
    for number, value in enumerate(source.http):
        try:
            series = series_of(value.reads, source.name)
            if series in units:
                _gauge(source.name, value, series, units)
        except SourceError as error:
            yield ("http", number, "reads"), error


class Posts:
    """`readings.posted.Poster` for all HTTP sources of a site.

    Args:
        sources: of the site file; those of other protocols are left out.
        units: for each series of the plans, the plan's unit.

    Raises:
        SourceError: one reads what no plan has, or in a unit that cannot become the plan's.
    """

    def __init__(self, sources: Any, units: Mapping[Series, Unit]) -> None:
        self._readers = {
            each.name: PostReader(each, units) for each in sources if isinstance(each, HttpSource)
        }

    def __call__(self, source: str, post: Post, /) -> Understood:
        """What a body says to a source.

        Raises:
            PostError: there is no such source, or it cannot be read at all.
        """
        reader = self._readers.get(source)
        if reader is None:
            raise PostError(f"the site file has no source {source!r} with http")
        return reader(post)

    def again(self, item: Quarantined) -> Block:
        """What was set aside, read as the site file says today, at the time at which it came.

        Raises:
            PostError: it still cannot be read.
        """
        _, _, how = item.source.partition("http ")
        form, _, precision = how.rpartition(" ")
        found = self(item.origin, Post(item.payload, Form(form), item.time, precision))
        if found.faults:
            raise PostError(f"it still cannot be read: {found.faults[0]}")
        return found.block


def _gauge(source: str, value: PostedValue, series: Series, units: Mapping[Series, Unit]) -> Gauge:
    try:
        return gauge(
            source=unit_named(value.unit),
            target=unit_for(series, units, source),
            scale=value.scale,
            offset=value.offset,
            curve=value.curve,
            sentinels=value.sentinels,
            decimal=True,
        )
    except (HaccplineError, ValueError) as error:
        raise SourceError(f"source {source}, {value.name}: {error}") from error


def _stated(handed: Handed) -> Reason:
    """What the sender says of the value."""
    if not handed.reason:
        return _STATED[handed.quality or "good"]
    reason = REASON_NAMED.get(handed.reason)
    if reason is None or reason is Reason.BY_HAND:
        raise _FaultyError("reason", f"{handed.reason!r} is no reason that a program can give")
    if handed.quality and handed.quality != reason.quality.name.lower():
        raise _FaultyError("reason", f"{handed.reason!r} does not go with quality {handed.quality}")
    return reason


def _evidence(handed: Handed, series: Series, time: int, received: int, source: str) -> Iterator[Act]:
    if handed.evidence is None:
        return
    body = {
        "sensor": series.sensor,
        "point": series.point,
        "at": format_time(time),
        "value": handed.shown,
        "url": handed.evidence.url,
        "sha256": handed.evidence.sha256,
        "note": handed.evidence.note,
        "source": source,
    }
    name = "\n".join([series.line, *body.values()])
    yield Act(
        time=received,
        kind=EVIDENCE,
        line=series.line,
        body=body,
        id=hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:32],
    )
