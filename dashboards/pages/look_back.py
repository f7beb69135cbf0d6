"""What a page says of a look-back: which calibration failed, which limits rest on it, what is decided otherwise now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.chart import Span, Strip
from dashboards.pages.chart_limits import Period
from dashboards.pages.words import Words
from dashboards.views.look_backs import DecidedAgain, LookBackView, Stretch
from dashboards.views.plant import Plant
from dashboards.views.verdicts import VerdictSpan
from dashboards.views.watch import Watch
from ledger.timelines import Key


@dataclass(frozen=True, slots=True)
class LimitThen:
    """A limit that rests on the instrument.

    Attributes:
        name: of it, for people.
        bounds: what it demanded in that time: its words, and from when to when where a plan took over meanwhile.
        changes: where it is decided otherwise now.
    """

    name: str
    bounds: tuple[tuple[str, str], ...]
    changes: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class LookBackPage:
    """What the page shows of a look-back.

    Attributes:
        view: it.
        instrument: its name for people.
        limits: that rest on it.
        changed: whether anything is decided otherwise.
    """

    view: LookBackView
    instrument: str
    limits: tuple[LimitThen, ...]

    @property
    def changed(self) -> bool:
        """Whether anything is decided otherwise now."""
        return any(limit.changes for limit in self.limits)


def look_back_page(
    view: LookBackView, again: Sequence[DecidedAgain], plant: Plant, words: Words
) -> LookBackPage:
    """What the page shows.

    Args:
        view: the look-back.
        again: what was decided again; empty before it is done.
        plant: knows which plan held when.
        words: of the reader.
    """
    changes = {each.key: tuple(each.changes(view.start, view.end)) for each in again}
    limits = tuple(
        LimitThen(_name(key, plant, words, view), _bounds(key, plant, words, view), changes.get(key, ()))
        for key in view.limits
    )
    return LookBackPage(view, instrument_name(view, plant, words), limits)


def instrument_name(view: LookBackView, plant: Plant, words: Words) -> str:
    """The instrument as people call it, with its point where it has several."""
    watch = next(filter(None, (plant.watch_at(key, view.end) for key in view.limits)), None)
    sensor = watch.plan.sensors.get(view.sensor) if watch is not None else None
    name = words.name(sensor.name if sensor is not None else None, view.sensor)
    return name if view.point == "1" else words.say("{name}, {unit}", name=name, unit=view.point)


def failed_words(view: LookBackView, plant: Plant, words: Words) -> str:
    """Which calibration failed, and by how much."""
    said = view.entered
    return words.say(
        "calibration {id} of {instrument}: off by {error}, allowed {tolerance}",
        id=said.get("certificate") or view.calibration,
        instrument=instrument_name(view, plant, words),
        error=view.error.replace("-", "−"),
        tolerance=said.get("tolerance", "–"),
    )


def then_and_now(
    view: LookBackView, again: Sequence[DecidedAgain], plant: Plant, words: Words, period: Period
) -> list[Strip]:
    """Two strips below the chart for each limit that is decided otherwise: what was decided then, and now."""
    shown = max(view.start, period.start), min(view.end, period.end)
    strips = []
    for each in again:
        if not any(each.changes(view.start, view.end)):
            continue
        name = _name(each.key, plant, words, view)
        for label, spans in (("{name}: decided then", each.then), ("{name}: decided now", each.now)):
            strips.append(Strip(words.say(label, name=name), _spans(spans, shown, words)))
    return strips


def _spans(spans: Sequence[VerdictSpan], shown: tuple[int, int], words: Words) -> tuple[Span, ...]:
    found = []
    for span in spans:
        start, end = max(span.start, shown[0]), shown[1] if span.end is None else min(span.end, shown[1])
        if start < end:
            label = f"{words.verdict(span.verdict)} {words.time(span.start)}"
            found.append(Span(start, end, span.verdict, label))
    return tuple(found)


def _name(key: Key, plant: Plant, words: Words, view: LookBackView) -> str:
    watch = _watch(key, plant, view)
    return words.what(watch) if watch is not None else key[2]


def _watch(key: Key, plant: Plant, view: LookBackView) -> Watch | None:
    return plant.watch_at(key, view.end) or plant.watch_at(key, view.start)


def _bounds(key: Key, plant: Plant, words: Words, view: LookBackView) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, int, int]] = []
    for start, end, watches in plant.stretches(key[0], view.start, view.end):
        said = next((words.limit(watch) for watch in watches if watch.key == key), "")
        if found and found[-1][0] == said:
            found[-1] = (said, found[-1][1], end)
        elif said:
            found.append((said, start, end))
    if len(found) == 1:
        return ((found[0][0], ""),)
    return tuple(
        (said, words.say("{start} to {end}", start=words.time(start), end=words.time(end)))
        for said, start, end in found
    )
