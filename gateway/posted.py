"""What programs hand in by HTTP becomes readings, states and evidence, by the site file."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gateway.columns import Columns
from gateway.device import series_of
from gateway.errors import SourceError, shown
from gateway.http_settings import HttpSource
from gateway.posted_body import Handed, NotHanded, handed_in
from gateway.posted_value import FaultyError, Wanted, stated, wanted_gauge
from readings.block import LARGEST, NO_SEQ, Block
from readings.inputs import Act, Series
from readings.ports import Quarantined
from readings.posted import EVIDENCE, Form, Post, PostError, PostFault, Understood
from readings.quality import Quality, Reason
from readings.times import MS, format_time
from readings.units import Unit

_SHOWN = 5  # faults that a reason in quarantine names


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
        self._wanted: dict[str, list[Wanted]] = {}
        for value in sorted(source.http, key=lambda each: -len(each.tags)):
            series = series_of(value.reads, source.name)
            self._wanted.setdefault(value.name, []).append(
                Wanted(value, series, wanted_gauge(source.name, value, series, units))
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
            except FaultyError as fault:
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
            raise FaultyError("sequence", f"{handed.sequence} is out of range")
        evidence = tuple(_evidence(handed, wanted.series, time, post.received, self._source.name))
        if wanted.settings.unit == "text":
            if reason is Reason.CLOCK and time > post.received:
                raise FaultyError(
                    "time", f"the text would hold from {format_time(time)} on, which is still to come"
                )
            columns.states.append(wanted.state(handed, time, received))
            return iter(evidence)
        value, raw, found = wanted.measured(handed.value)
        for each in (stated(handed), reason):
            if each is not Reason.NONE and (each.quality > found.quality or found is Reason.NONE):
                found = each
        value = math.nan if found.quality is Quality.BAD else value
        sequence = NO_SEQ if handed.sequence is None else handed.sequence
        columns.cells += (columns.number(wanted.series), time, value, raw, found, received, sequence)
        return iter(evidence)

    def _of(self, handed: Handed) -> Wanted:
        named = self._wanted.get(handed.name, ())
        for wanted in named:
            if wanted.settings.tags.items() <= handed.tags.items():
                return wanted
        if named:
            raise FaultyError("tags", f"{shown(handed.name)} is not read with these tags")
        known = ", ".join(sorted(self._wanted))
        raise FaultyError("name", f"source {self._source.name} has no {shown(handed.name)}; it has {known}")

    def _aside(self, parts: list[bytes], faults: list[PostFault], post: Post) -> Quarantined:
        told = "; ".join(map(str, faults[:_SHOWN]))
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        lines = post.form is Form.LINES
        payload = b"\n".join(parts) if lines else b'{"readings":[' + b",".join(parts) + b"]}"
        return Quarantined(
            f"http {post.form} {post.precision}",
            payload,
            told + more,
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
                wanted_gauge(source.name, value, series, units)
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
