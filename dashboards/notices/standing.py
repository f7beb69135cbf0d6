"""What stands on each line now: a deviation, a monitoring loss, an open case; for sirens that hang on devices."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dashboards.notices.watch import Watch
from readings.ports import Standing
from readings.times import NEVER

_LASTING = {"deviation": Standing.DEVIATION, "monitoring_loss": Standing.MONITORING_LOSS}


def standing(watch: Watch) -> Collection[tuple[Standing, str]]:
    """What stands, with the line on which it does."""
    return frozenset(_standing(watch))


def _standing(watch: Watch) -> Iterator[tuple[Standing, str]]:
    for event in watch.events.values():
        if event.end == NEVER and event.kind in _LASTING:
            yield _LASTING[event.kind], event.line
    for case in watch.cases.values():
        yield Standing.CASE_OPEN, case.line
        if case.acknowledged is None:
            yield Standing.CASE_UNACKNOWLEDGED, case.line
