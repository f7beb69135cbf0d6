"""A line's state that its counter contradicts: what contradicts what, in words and as a chart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from dashboards.chart import Span, Strip
from dashboards.pages.words import Words
from dashboards.views.cases import EventView
from ingest.history import History
from readings.inputs import Series
from readings.times import DAY
from rules.line_unit import STATE_OF_LINE
from rules.plan import Plan
from rules.sensor import Sensor


def is_contradiction(event: EventView) -> bool:
    """Whether an event is that the state of the line was contradicted."""
    return (event.ccp, event.limit) == STATE_OF_LINE


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What contradicts what.

    Attributes:
        event: it.
        plan: that was in force.
        state: sensor of the line's state.
        counter: sensor that counts what is made.
    """

    event: EventView
    plan: Plan
    state: str
    counter: str

    @classmethod
    def of(cls, event: EventView, plan: Plan | None) -> Contradiction | None:
        """Of an event; None where the plan does not have what it needs."""
        if plan is None or plan.line.state is None or plan.line.produced is None:
            return None
        return cls(event, plan, plan.line.state.from_, plan.line.produced.from_)

    def short(self, words: Words) -> str:
        """In a line, of any such event."""
        return words.say(
            "the line's state says that nothing is made, and {counter} goes on counting",
            counter=self.name(self.counter, words),
        )

    def sentence(self, history: History, now: int, words: Words) -> str:
        """With what the two said."""
        event = self.event
        until = now if event.end is None else event.end
        said = self._last(history, self.state, event.start)
        before, after = (self._last(history, self.counter, at) for at in (event.start, until))
        state = words.plan(self._text(said)) if said is not None else "?"
        counted = [words.number(each, 0) if each is not None else "?" for each in (before, after)]
        return words.say(
            "{sensor} said {state} from {start} on; from then to {end} {counter} went from {before} to {after}."
            " One of the two is at fault. The limits are judged as if the line ran, until its state says something else.",
            sensor=self.name(self.state, words),
            state=state,
            start=words.time(event.start),
            end=words.time(until),
            counter=self.name(self.counter, words),
            before=counted[0],
            after=counted[1],
        )

    def strip(self, history: History, start: int, end: int, words: Words) -> Strip:
        """What the line said, below the curve of its counter: tall where it runs."""
        spans = list(self._spans(history, start, end, words))
        low = list(dict.fromkeys(span.label for span in spans if span.kind == "suspended"))
        label = words.say("{name} (low: {states})", name=self.name(self.state, words), states=", ".join(low))
        return Strip(label, tuple(spans))

    def name(self, sensor: str, words: Words) -> str:
        """What a sensor is called."""
        return words.name(self.plan.sensors[sensor].name, sensor)

    @property
    def points(self) -> list[str]:
        """Of the counter."""
        return self._points(self.plan.sensors[self.counter])

    def _points(self, sensor: Sensor) -> list[str]:
        by_zone = sensor.point_names()
        return by_zone.get(self.event.unit) or next(iter(by_zone.values()))

    def _series(self, sensor: str) -> Series:
        return Series(self.event.line, sensor, self._points(self.plan.sensors[sensor])[0])

    def _last(self, history: History, sensor: str, time: int) -> float | None:
        """What a sensor said last, no later than a time."""
        values = history.rows(self._series(sensor), time - DAY, time + 1).value
        known = [value for value in values.tolist() if not math.isnan(value)]
        return float(known[-1]) if known else None

    def _spans(self, history: History, start: int, end: int, words: Words) -> Iterator[Span]:
        rows = history.rows(self._series(self.state), start - DAY, end)
        said = [
            (time, self._text(value))
            for time, value in zip(rows.time.tolist(), rows.value.tolist(), strict=True)
            if not math.isnan(value)
        ]
        changes = [each for number, each in enumerate(said) if not number or said[number - 1][1] != each[1]]
        for number, (time, text) in enumerate(changes):
            until = changes[number + 1][0] if number + 1 < len(changes) else end
            if until > start:
                kind = "ok" if text in self.plan.line.judged else "suspended"
                yield Span(max(time, start), min(until, end), kind, words.plan(text))

    def _text(self, code: float) -> str:
        assert self.plan.line.state is not None
        return self.plan.line.state.codes.get(f"{code:.0f}", f"{code:.0f}")
