"""A product line as it is now: what it is doing, which lots are there, how it stands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.views.board import Level, Row
from dashboards.views.latest import LatestReading
from dashboards.views.production import ProductionView
from dashboards.views.signed_end import Held
from readings.inputs import Series, State
from rules.plan import Plan


@dataclass(frozen=True, slots=True, eq=False)
class LineView:
    """A line.

    Attributes:
        id: of the line.
        plan: that judges it.
        level: of its worst row; OK where it has none that is worse.
        state: what it is doing, in the plan's words; empty where the plan does not ask or it is not known.
        lots: by zone, the lot that is there; the zone is empty for the whole line.
        product: that is made; empty where it is not known.
        production: what the ledger tells of it.
        waiting: the plan that is to take over; None where none waits.
        held: whether the end of production that was signed last holds; None where none was.
    """

    id: str
    plan: Plan
    level: Level
    state: str
    lots: dict[str, str]
    product: str
    production: ProductionView
    waiting: WaitingPlan | None = None
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class WaitingPlan:
    """A plan that was adopted and is to take over.

    Attributes:
        hash: of it.
        plan: as written; None where this release cannot read it.
        between_batches: it takes over between two batches, for each is judged by the plan in force at its start.
    """

    hash: str
    plan: Plan | None
    between_batches: bool

    def due(self, now: int) -> bool:
        """Whether its time has come, so that it waits for the end of a batch alone."""
        return self.plan is not None and self.plan.effective_from <= now


def line_view(  # noqa: PLR0913 - what is known of a line comes from these
    line: str,
    plan: Plan,
    rows: Sequence[Row],
    *,
    latest: Mapping[Series, LatestReading],
    states: Mapping[tuple[str, str, str], State],
    now: int,
    production: ProductionView | None = None,
    waiting: WaitingPlan | None = None,
    held: Held | None = None,
) -> LineView:
    """A line as it is now.

    Args:
        line: its id.
        plan: that judges it.
        rows: of the board.
        latest: the latest reading of every series.
        states: the text that holds, by line, name and zone.
        now: ns UTC.
        production: what the ledger tells of it.
        waiting: the plan that is to take over.
        held: whether the end of production that was signed last holds.
    """
    coded = plan.line.state
    return LineView(
        line,
        plan,
        min((row.level for row in rows if row.watch.line == line), default=Level.OK),
        _coded(plan, line, coded.from_, coded.codes, latest, states, now) if coded is not None else "",
        _texts(line, plan.line.lot.from_, states) if plan.line.lot is not None else {},
        "".join(_texts(line, plan.line.product.from_, states).values())
        if plan.line.product is not None
        else "",
        production or ProductionView(),
        waiting,
        held,
    )


def _texts(line: str, name: str, states: Mapping[tuple[str, str, str], State]) -> dict[str, str]:
    return {
        zone: state.text
        for (of, called, zone), state in sorted(states.items())
        if (of, called) == (line, name)
    }


def _coded(  # noqa: PLR0913 - a code and where it may be heard
    plan: Plan,
    line: str,
    name: str,
    codes: dict[str, str],
    latest: Mapping[Series, LatestReading],
    states: Mapping[tuple[str, str, str], State],
    now: int,
) -> str:
    sensor = plan.sensors.get(name)
    reading = next(
        (each for series, each in latest.items() if (series.line, series.sensor) == (line, name)), None
    )
    if sensor is not None and reading is not None and not math.isnan(reading.value):
        if sensor.silence and now - reading.time > sensor.silence:
            return ""
        code = str(int(reading.value)) if reading.value == int(reading.value) else str(reading.value)
        return codes.get(code, code)
    said = next(iter(_texts(line, name, states).values()), "")
    return codes.get(said, said)
