"""The calibrations of a site: what was entered, which one a verdict names, and what is still to be looked back on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ledger.affected_product import product_body
from ledger.calibration import Calibration, check_calibration
from ledger.canonical import Body
from ledger.case_book import CaseBook
from ledger.decision_records import event_record
from ledger.entering import EnteringError
from ledger.look_back import METHOD, LookBack, fault_of
from readings.errors import HaccplineError
from readings.inputs import Act, Series
from readings.times import ALWAYS, DAY, SECOND, format_time, parse_time
from rules.affected import Affected
from rules.events import EventChange
from rules.limit_unit import LimitUnit
from rules.memory import EngineState
from rules.program import Program
from rules.say_again import resting_on, say_again

_KEPT = 20  # of a series; a verdict names the one in force where it begins
_WEST = DAY // 2  # a date without a place begins here first

Told = tuple[str, str, Body]  # kind, line, body


class Outcome(msgspec.Struct):
    """What came out of a look-back, as the act `calibration.looked_back` brings it.

    Attributes:
        calibration: id of the entry that failed.
        through: ledger record up to which verdicts were known.
        position: journal position up to which readings were.
        lots: that were made while something could not be shown.
        verdicts: CCP, limit, unit, and bodies of `verdict` records without `known`.
    """

    calibration: str
    through: int
    position: int
    lots: list[str]
    verdicts: list[tuple[tuple[str, str, str], list[dict[str, Any]]]]


@dataclass(slots=True)
class CalibrationBook:
    """See the module.

    Attributes:
        entered: by series `line/sensor/point`, in order of time.
        pending: look-backs that are not done, by id of the calibration, in the order in which they began.
    """

    entered: dict[str, list[Calibration]] = field(default_factory=dict)
    pending: dict[str, LookBack] = field(default_factory=dict)

    def named(self, series: str, time: int) -> dict[str, str]:
        """What a verdict that begins at a time says of a series' calibration; empty where none was entered before."""
        known = [each for each in self.entered.get(series, []) if each.named_from <= time]
        if not known:
            return {}
        last = known[-1]
        said = {"calibration": last.certificate or last.id, "calibrated": format_time(last.performed)[:10]}
        return said | {"entry": last.id, "passed": "yes" if last.passed else "no"}

    def enter(  # noqa: PLR0913 - what was said, of which line, and where what follows goes
        self,
        act: Act,
        program: Program | None,
        state: EngineState | None,
        book: CaseBook,
        *,
        began: int,
        now: int,
        held_since: Callable[[int], list[Program]] = lambda _: [],
    ) -> list[Told]:
        """Take a calibration: the records of it, and of what a failed one sets going.

        Args:
            act: as it was heard.
            program: by which the line is judged; None if it is not.
            state: likewise; is changed.
            book: cases.
            began: when the line was first judged, or its instrument last calibrated by the site file, ns.
            now: ns.
            held_since: the versions of the plan before this one that held behind a time, the last first.

        Raises:
            EnteringError: it is refused.
        """
        name = str(act.body.get("series", ""))
        known = self.entered.get(name, [])
        plan = program.plan if program is not None else None
        series, entry = check_calibration(act, plan, known[-1] if known else None)
        assert program is not None
        assert state is not None
        told: list[Told] = [(act.kind, act.line, dict(act.body))]
        if state.start != ALWAYS:
            entry.named_from = (max(state.until, now) // SECOND + 1) * SECOND
            say_again(program, state, series, entry.named_from)
        passed = [each.performed for each in known if each.passed]
        self.entered[name] = [*known, entry][-_KEPT:]
        if not entry.passed:
            start = min(passed[-1] if passed else began, entry.performed)
            programs = [program, *held_since(start)]
            told += self._begin(entry, programs, series, str(act.body["found"]), start, book, now)
        return told

    def _begin(  # noqa: PLR0913 - of what, since when, and where what follows goes
        self,
        entry: Calibration,
        programs: Sequence[Program],
        series: Series,
        error: str,
        start: int,
        book: CaseBook,
        now: int,
    ) -> list[Told]:
        """An instrument fault with its case, open until everything was decided again.

        Also of limits that a version of the plan before had, and the present one has not.
        """
        resting: dict[tuple[str, str, str, str], LimitUnit] = {}
        for program in programs:
            for limit in (program.limits[number] for number in resting_on(program, series)):
                resting.setdefault(limit.key, limit)
        limits = list(resting.values())
        if not limits:
            return []
        first = limits[0]
        pending = LookBack(
            calibration=entry.id,
            series=series,
            start=start,
            end=entry.performed,
            error=error,
            since=entry.named_from,
            event=fault_of(series.line, entry.id, series, start, entry.performed),
            ccp=first.ccp,
            limit=first.limit,
            unit=first.unit,
            zone=first.zone,
            limits=[(limit.ccp, limit.limit, limit.unit) for limit in limits],
            plan=programs[0].hash,
        )
        self.pending[entry.id] = pending
        return [
            ("calibration.look_back", series.line, pending.body()),
            *_told(pending, "opened", [], book, now),
        ]

    def ready(self, line: str, program: Program, state: EngineState) -> list[LookBack]:
        """Which look-backs of a line nothing that is still to come can change: windows are over, and batches."""
        return [
            each
            for each in self.pending.values()
            if each.series.line == line
            and state.until
            > each.since + max(program.window, state.before.program.window if state.before else 0)
            and all(
                state.head.limits[number].course.open_since > each.since
                for number in resting_on(program, each.series)
            )
        ]

    def finish(self, act: Act, newer: Any, book: CaseBook, *, now: int) -> list[Told]:
        """Take what came out: the revisions, the end of the fault, and the lots that are concerned.

        Args:
            act: `calibration.looked_back`.
            newer: gives the bodies of the verdicts of a limit unit that became known behind a ledger record.
            book: cases.
            now: ns.

        Raises:
            EnteringError: there is no such look-back.
        """
        try:
            outcome = msgspec.convert(act.body, Outcome)
        except msgspec.ValidationError as error:
            raise EnteringError(f"not what a look-back says: {error}") from error
        pending = self.pending.pop(outcome.calibration, None)
        if pending is None:
            raise EnteringError(f"{outcome.calibration} is not looked back on, or was already")
        line = pending.series.line
        told: list[Told] = []
        doubted = 0
        for key, bodies in outcome.verdicts:
            doubted += sum(1 for body in bodies if body["reason"] == pending.reason)
            since = [
                {**body, "revision": body["revision"] + 1, "look_back": pending.calibration}
                for body in newer(line, key, outcome.through)
            ]
            told += [("verdict", line, {**body, "known": format_time(now)}) for body in [*bodies, *since]]
        pending.event.end = pending.end
        told += _told(pending, "returned", outcome.lots, book, now)
        body: Body = {
            "calibration": pending.calibration,
            "event": pending.event.id,
            "series": f"{line}/{pending.series.sensor}/{pending.series.point}",
            "from": format_time(pending.start),
            "to": format_time(pending.end),
            "position": outcome.position,
            "spans": doubted,
            "lots": list(outcome.lots),
            "method": METHOD,
        }
        return [*told, ("calibration.looked_back", line, body)]


def began(first: int, instrument: dict[str, str]) -> int:
    """From when on an instrument without an entered calibration counts as calibrated: by the site file, or not at all.

    Args:
        first: when the line was first judged, ns.
        instrument: what the site file says of it.
    """
    try:
        return max(first, parse_time(f"{instrument.get('calibrated', '')}T00:00:00Z") - _WEST)
    except HaccplineError:
        return first


def _told(pending: LookBack, what: str, lots: list[str], book: CaseBook, now: int) -> list[Told]:
    change = EventChange(what, pending.event)
    line = pending.series.line
    event = pending.event
    product = product_body(pending.judged, Affected(event.since, event.through))
    kind, body = event_record(
        pending.judged, change, plan=pending.plan, method=METHOD, lots=lots, known=now, product=product
    )
    return [
        (kind, line, body),
        *((kind, line, body) for kind, body in book.take_event(pending.judged, change, lots, now)),
    ]
