"""A site at one moment, as pages and API show it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.views.board import Level, Row
from dashboards.views.by_hand import DueValue
from dashboards.views.cases import CaseView
from dashboards.views.health import HealthView
from dashboards.views.latest import LatestReading
from dashboards.views.lines import LineView
from dashboards.views.problems import Problem
from dashboards.views.standing import Standing
from readings.inputs import Series


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A site at one moment; nothing in it changes any more.

    Attributes:
        number: 1, 2, 3 ... of this process.
        at: now by the site's clock, ns UTC.
        wall: now by the machine's clock, ns UTC.
        health: of the record process.
        recorded: whether there is a ledger to speak of; without one everything is unknown.
        trouble: why the record could not be read; empty if it could.
        standing: how far the record has come, and whether that is now.
        rows: of the board, the worst first.
        lines: in order of their names.
        cases: all there ever were, by id.
        problems: the open ones and those closed lately.
        latest: the latest reading of every series.
        by_hand: values that people enter, what is due first.
        seq: of the last ledger record read.
    """

    number: int
    at: int
    wall: int
    health: HealthView
    recorded: bool
    trouble: str
    standing: Standing
    rows: tuple[Row, ...]
    lines: tuple[LineView, ...]
    cases: dict[str, CaseView]
    problems: tuple[Problem, ...]
    latest: dict[Series, LatestReading]
    by_hand: tuple[DueValue, ...]
    seq: int

    @property
    def current(self) -> bool:
        """Whether what is shown is of now. Where nothing is recorded or nothing is judged, nothing is."""
        return self.standing.doubt is None

    @property
    def known(self) -> int:
        """Up to where something is known, ns UTC."""
        return self.standing.known

    @property
    def counts(self) -> dict[Level, int]:
        """How many rows stand how."""
        found = dict.fromkeys(Level, 0)
        for each in self.rows:
            found[each.level] += 1
        return found

    def line(self, name: str) -> LineView | None:
        """The line of this id."""
        return next((line for line in self.lines if line.id == name), None)
