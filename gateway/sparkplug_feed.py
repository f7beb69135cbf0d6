"""From a metric's value to readings of the plan's sensors."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from gateway.columns import Columns
from gateway.device import series_of, unit_for
from gateway.errors import PayloadError, SourceError
from gateway.gauge import Gauge, as_float32, gauge
from gateway.sparkplug_payload import Metric
from gateway.sparkplug_session import Definition
from gateway.sparkplug_settings import ANY, PLACEHOLDER, SparkplugMetric, SparkplugSource
from gateway.sparkplug_value import FLOAT, empty, quality_of, time_of, value_of
from readings.block import NO_SEQ
from readings.errors import HaccplineError
from readings.inputs import LONE_POINT, Series, State
from readings.quality import Quality, Reason
from readings.times import MS, US, format_time
from readings.units import Unit, unit_named


class Feed:
    """What the values of one metric become for one series."""

    def __init__(self, metric: SparkplugMetric, series: Series, read: Gauge, narrow: Gauge) -> None:
        self.series = series
        self.textual = metric.unit == "text"
        self._metric = metric
        self._gauge, self._narrow = read, narrow
        self._plain = metric.scale == 1 and not metric.offset and metric.curve is None

    def add(
        self, columns: Columns, metric: Metric, definition: Definition, *, sent: int | None, received: int
    ) -> None:
        """Add a reading or a state.

        Args:
            columns: receive it.
            metric: of the message.
            definition: what it is.
            sent: time of the payload, ms since 1970; None where it has none.
            received: ns UTC.

        Raises:
            PayloadError: it cannot be read as the settings say; nothing was added.
        """
        self._fits(definition)
        time = time_of(metric.time if metric.time is not None else sent)
        doubt = self._clock(time, time_of(sent), received, historical=metric.historical)
        at = received - received % MS
        if time is None:
            time = received - received % US
        if self.textual and not empty(metric):
            self._state(columns, metric, definition, time, doubt, at)
            return
        value, raw, reason = self._measure(metric, definition)
        if doubt.quality > reason.quality:
            value, reason = (math.nan if doubt.quality is Quality.BAD else value), doubt
        if metric.historical and reason is Reason.NONE:
            reason = Reason.BACKFILL
        columns.cells += (columns.number(self.series), time, value, raw, reason, at, NO_SEQ)

    def _fits(self, definition: Definition) -> None:
        """Refuse a metric whose birth names another unit than the settings do."""
        if definition.unit is None or self.textual or not self._plain:
            return
        try:
            born = unit_named(definition.unit)
        except HaccplineError:  # a unit in words of the node's own proves nothing
            return
        if born != unit_named(self._metric.unit):
            raise PayloadError(
                f"its birth says that it is in {definition.unit}, and the site file says {self._metric.unit}"
            )

    def _clock(self, time: int | None, sent: int | None, received: int, *, historical: bool) -> Reason:
        """What is to be said of the time: a value may be old, but neither it nor its message is of tomorrow."""
        if time is None:
            return Reason.DEVICE_CLOCK
        within = self._metric.within
        if within is None:
            return Reason.NONE
        skew = abs((time if sent is None else sent) - received)
        ahead = time - received
        return Reason.CLOCK if ahead > within or (skew > within and not historical) else Reason.NONE

    def _measure(self, metric: Metric, definition: Definition) -> tuple[float, float, Reason]:
        told = quality_of(metric.quality)
        if empty(metric):
            return math.nan, math.nan, told if told.quality is Quality.BAD else Reason.MISSING
        found = value_of(metric, definition.datatype)
        read = self._narrow if definition.datatype == FLOAT else self._gauge
        if isinstance(found, str):
            if found in read.sentinels:
                return math.nan, math.nan, Reason.SENTINEL
            raise PayloadError(f"its value is the text {found!r}; a number was expected")
        if isinstance(found, bool):
            if not read.truth:
                raise PayloadError(f"it is a truth value, and {self.series} is in {self._metric.unit}")
            found = int(found)
        if told.quality is Quality.BAD:
            return math.nan, float(found), told
        value, reason = read.read(found)
        return value, float(found), told if told.quality > reason.quality else reason

    def _state(  # noqa: PLR0913 - a state is what it is
        self,
        columns: Columns,
        metric: Metric,
        definition: Definition,
        time: int,
        doubt: Reason,
        received: int,
    ) -> None:
        told = quality_of(metric.quality)
        for word in (told, doubt):
            if word.quality is Quality.BAD:
                raise PayloadError(f"a text cannot be recorded as bad, and this one is: {word.text}")
        if doubt is Reason.CLOCK and time > received:
            raise PayloadError(f"its text would hold from {format_time(time)} on, which is still to come")
        found = value_of(metric, definition.datatype)
        codes = self._metric.codes
        if codes is not None and isinstance(found, int):
            found = codes.get(int(found), str(int(found)))
        if not isinstance(found, str):
            raise PayloadError(
                f"its value is {found!r}; a text was expected, or `codes` that say what numbers mean"
            )
        zone = "" if self.series.point == LONE_POINT else self.series.point
        columns.states.append(State(time, self.series.line, self.series.sensor, found, zone, received))


class Feeds:
    """Which series the metrics of a source feed."""

    def __init__(self, source: SparkplugSource, units: Mapping[Series, Unit]) -> None:
        """Check what is read against the plan.

        Raises:
            SourceError: a metric reads what no plan has, or in a unit that cannot become the plan's.
        """
        self._name = source.name
        self._units = units
        self._metrics: dict[str, list[SparkplugMetric]] = {}
        for metric in source.metrics:
            self._metrics.setdefault(metric.metric, []).append(metric)
            meant = _meant(metric, units)
            if not meant:
                unit_for(series_of(metric.reads, self._name), units, self._name)
            for series in meant:
                self._feed(metric, series)

    def _feed(self, metric: SparkplugMetric, series: Series) -> Feed:
        try:
            read, narrow = (
                gauge(
                    source=unit_named(metric.unit),
                    target=unit_for(series, self._units, self._name),
                    scale=metric.scale,
                    offset=metric.offset,
                    curve=metric.curve,
                    sentinels=sentinels,
                )
                for sentinels in (
                    metric.sentinels,
                    [each if isinstance(each, str) else as_float32(each) for each in metric.sentinels],
                )
            )
        except (HaccplineError, ValueError) as error:
            raise SourceError(f"source {self._name}, metric {metric.metric}: {error}") from error
        return Feed(metric, series, read, narrow)

    def of(self, group: str, node: str, device: str | None, name: str) -> tuple[Feed, ...]:
        """What a metric from there feeds; nothing where no plan reads it.

        Raises:
            PayloadError: the settings mean it, and it fits no plan.
        """
        made = []
        for metric in self._metrics.get(name, ()):
            reads = metric.named(group, node, device)
            if reads is not None:
                try:
                    made.append(self._feed(metric, series_of(reads, self._name)))
                except SourceError as error:
                    raise PayloadError(str(error)) from error
        return tuple(made)

    def certain(self, group: str, node: str) -> dict[str | None, set[Series]]:
        """By device, the series that are surely fed by a node, whether or not it was ever heard."""
        found: dict[str | None, set[Series]] = {}
        for metric in (each for some in self._metrics.values() for each in some):
            if metric.device != ANY and metric.unit != "text":
                reads = metric.named(group, node, metric.device)
                series = series_of(reads, self._name) if reads is not None else None
                if series in self._units:
                    assert series is not None
                    found.setdefault(metric.device, set()).add(series)
        return found


def misfits(
    source: SparkplugSource, units: Mapping[Series, Unit]
) -> Iterator[tuple[tuple[str | int, ...], SourceError]]:
    """What of a source does not fit the plans, with its place in the source's settings."""
    for index, metric in enumerate(source.metrics):
        try:
            Feeds(source.model_copy(update={"metrics": (metric,)}), units)
        except SourceError as error:
            yield ("metrics", index, "unit" if _meant(metric, units) else "reads"), error


def _meant(metric: SparkplugMetric, units: Mapping[Series, Unit]) -> list[Series]:
    """The plan's series that a metric may feed."""
    pattern = re.compile("(.+)".join(map(re.escape, PLACEHOLDER.split(metric.reads)[::2])))
    return [
        each
        for each in units
        if pattern.fullmatch(f"{each.line}/{each.sensor}/{each.point}") or pattern.fullmatch(str(each))
    ]
