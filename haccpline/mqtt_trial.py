"""What a message of MQTT would become, by a site file as it is written now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.columns import Columns
from gateway.errors import PayloadError, SourceError
from gateway.mqtt_settings import MqttSource
from gateway.topic_filter import matcher
from gateway.topics import Router
from readings.block import NO_SEQ, Block
from readings.inputs import Series
from readings.quality import REASON_TEXT, Quality
from readings.times import format_time
from readings.units import Unit


@dataclass(frozen=True, slots=True)
class Trial:
    """What one source makes of a message.

    Attributes:
        source: its name.
        block: readings and states.
        fault: why the message would be set aside; empty where it would not.
    """

    source: str
    block: Block
    fault: str = ""


class Tried:
    """The MQTT sources of a site, as they read messages.

    Attributes:
        sources: these.

    Args:
        sources: of the site file.
        units: for each series of the plans, the unit in which the plan states it.

    Raises:
        SourceError: there is none, or what one reads no plan has.
    """

    def __init__(self, sources: Iterable[object], units: Mapping[Series, Unit]) -> None:
        self.sources = [each for each in sources if isinstance(each, MqttSource)]
        if not self.sources:
            raise SourceError("the site file has no source with `mqtt:`")
        self._units = units
        self._columns = [Columns() for _ in self.sources]
        self._routers = [
            Router(source, units, columns)
            for source, columns in zip(self.sources, self._columns, strict=True)
        ]
        self._filters = [
            [matcher(each.filter) for each in source.topics] + [matcher(each.topic) for each in source.status]
            for source in self.sources
        ]

    def message(self, topic: str, payload: bytes, *, retained: bool, received: int) -> list[Trial]:
        """What each source that subscribes to the topic makes of a message; nothing where none does.

        Args:
            topic: as it was published.
            payload: verbatim.
            retained: the broker kept it for late comers.
            received: ns UTC.
        """
        found = []
        for source, router, columns, filters in zip(
            self.sources, self._routers, self._columns, self._filters, strict=True
        ):
            if not any(pattern.fullmatch(topic) for pattern in filters):
                continue
            fault = ""
            try:
                for route in router.routes(topic.encode()):
                    route.add(columns, payload, retained, received)
            except PayloadError as error:
                fault = str(error)
            found.append(Trial(source.name, columns.take(), fault))
        return found

    def lines(self, trials: Iterable[Trial]) -> list[str]:
        """The same for people, a line for each reading."""
        said = []
        for trial in trials:
            rows = [*self._readings(trial.block), *_states(trial.block)]
            widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
            said += [
                "  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)).rstrip()
                for row in rows
            ]
            if trial.fault:
                said.append(f"set aside: {trial.fault}")
            elif not rows:
                said.append("nothing to read in it, as the site file says")
        return said

    def _readings(self, block: Block) -> Iterable[tuple[str, ...]]:
        for row in range(len(block)):
            series = block.series[int(block.which[row])]
            bad = block.quality[row] == Quality.BAD
            quality = Quality(int(block.quality[row])).name.lower()
            reason = REASON_TEXT[int(block.reason[row])]
            raw, counter = float(block.raw[row]), int(block.seq[row])
            more = [] if raw != raw or (not bad and raw == float(block.value[row])) else [f"raw {raw:.12g}"]  # noqa: PLR0124 - NaN
            more += [] if counter == NO_SEQ else [f"counter {counter}"]
            yield (
                str(series),
                "no value" if bad else f"{float(block.value[row]):.12g} {self._units[series].name}",
                f"{quality}, {reason}" if reason else quality,
                format_time(int(block.time[row])),
                ", ".join(more),
            )


def _states(block: Block) -> Iterable[tuple[str, ...]]:
    for state in block.states:
        named = f"{state.line}/{state.name}" + (f"/{state.zone}" if state.zone else "")
        yield named, f'"{state.text}"', "text", format_time(state.time), ""
