"""Topics held against the plan before anything is heard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.columns import Columns
from gateway.device import series_of, unit_for
from gateway.errors import SourceError
from gateway.feeds import Feeds
from gateway.mqtt_settings import MqttSource
from gateway.naming import Template
from gateway.reading_settings import Reads
from gateway.topic_filter import fed_by, matcher
from gateway.topic_settings import Topic
from readings.inputs import Series
from readings.units import Unit

Place = tuple[str | int, ...]


def misfits(source: MqttSource, units: Mapping[Series, Unit]) -> Iterator[tuple[Place, SourceError]]:
    """What of a source does not fit the plans, with its place in the source's settings.

    Args:
        source: its topics and statuses.
        units: for each series of the plans, the plan's unit.
    """
    feeds = Feeds(source.name, units, Columns())
    for number, topic in enumerate(source.topics):
        for index, reads in enumerate(topic.meant):
            place = ("topics", number) if topic.readings is None else ("topics", number, "readings", index)
            template = Template.of(reads.reads, topic.names)
            try:
                _wildcards(template, topic.filter, source.name)
                if not fed_by(template, units):
                    unit_for(series_of(reads.reads, source.name), units, source.name)
            except SourceError as error:
                yield (*place, "reads"), error
                continue
            for key, misfit in _units(topic, reads, template, feeds):
                yield (*place, key), misfit
    for number, status in enumerate(source.status):
        for index, reading in enumerate(status.reads):
            template = Template.of(reading, {})
            try:
                _wildcards(template, status.topic, source.name)
                if not fed_by(template, units):
                    unit_for(series_of(reading, source.name), units, source.name)
            except SourceError as error:
                yield ("status", number, "reads", index), error


def _wildcards(template: Template, topic_filter: str, source: str) -> None:
    if not set(template.wildcards) <= set(range(1, matcher(topic_filter).groups + 1)):
        raise SourceError(
            f"source {source}: {str(template)!r} names a wildcard that is not in {topic_filter!r}"
        )


def _units(topic: Topic, reads: Reads, template: Template, feeds: Feeds) -> Iterator[tuple[str, SourceError]]:
    said = [("unit", reads.unit)] if reads.unit else []
    for key, unit in said + [("units", unit) for unit in dict.fromkeys(reads.units.values())]:
        for series in fed_by(template, feeds.units):
            try:
                feeds.gauge(reads, series, unit)
            except SourceError as error:
                yield key, SourceError(f"source {feeds.source}, topic {topic.topic}: {error}")
                break
