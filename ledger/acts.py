"""Acts: what people and the site did, as the record takes it, or refuses it.

What a person enters never stops the record: whatever is wrong with it, it is refused, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from ledger.calibration import CALIBRATED, LOOKED_BACK
from ledger.calibration_book import CalibrationBook, began
from ledger.canonical import Body, canonical
from ledger.case_book import CaseBook
from ledger.errors import CanonicalError
from ledger.line_plans import LinePlans, Told
from ledger.production import PRODUCTION, check_production
from ledger.store import Ledger
from ledger.turns import ADOPTED, REPLACED, turns_of
from readings.entered import ENTERED, reading_of
from readings.inputs import Act
from readings.posted import EVIDENCE, IMPORTED
from readings.times import ALWAYS
from rules.compile_plan import compile_plan
from rules.program import Program

# recorded as they are
_PLAIN = (
    "person.added",
    "person.password",
    "person.left",
    "note.site",
    "notice.sent",
    "clock.step",
    "siren.switched",
    EVIDENCE,
    IMPORTED,
)


@dataclass(slots=True, eq=False)
class Acts:
    """See the module.

    Attributes:
        ledger: to read what was recorded before.
        plans: of the lines.
        book: cases.
        calibrations: what was entered of instruments.
        instruments: by series `line/sensor/point`, which instrument and calibration stand behind it.
        told: what is to be recorded beside what the ledger holds: (known at, record).
    """

    ledger: Ledger
    plans: LinePlans
    book: CaseBook
    calibrations: CalibrationBook
    instruments: dict[str, dict[str, str]]
    told: list[tuple[int, Told]] = field(default_factory=list)

    def take(self, act: Act, now: int) -> list[Told]:
        """What an act comes to.

        Args:
            act: as it was entered.
            now: how far time has come, ns.
        """
        try:
            canonical(act.body)
            if act.kind.startswith("case."):
                return [self.book.act(act)]
            if act.kind == "plan.adopt":
                return self.plans.adopt(act, now)
            if act.kind in (CALIBRATED, LOOKED_BACK):
                return self._calibrate(act, now)
            if act.kind in PRODUCTION.values():
                watched = self.plans.lines.get(act.line)
                plan = watched.program.plan if watched is not None else None
                return [(act.kind, act.line, check_production(act, plan))]
            if act.kind == "site.bound":
                self.instruments = _instruments_of(act.body)
            elif act.kind == ENTERED:
                reading_of(act)
            elif act.kind not in _PLAIN:
                raise CanonicalError(f"no act is called {act.kind}")  # noqa: TRY301 - refused like the rest
        except Exception as error:  # noqa: BLE001 - what a person enters never stops the record
            body: Body = {
                "kind": printable(act.kind),
                "who": printable(act.who),
                "reason": printable(str(error)),
            }
            return [("act.refused", printable(act.line), body)]
        return [(act.kind, act.line, dict(act.body))]

    def _calibrate(self, act: Act, now: int) -> list[Told]:
        if act.kind == LOOKED_BACK:
            return self.calibrations.finish(act, self._newer, self.book, now=now)
        watched = self.plans.lines.get(act.line)
        program, state = (watched.program, watched.state) if watched is not None else (None, None)
        adopted = self.ledger.read(0, 1, kind=ADOPTED, line=act.line)
        told = (at for at, (kind, line, _) in self.told if (kind, line) == (ADOPTED, act.line))
        first = adopted[0].at if adopted else next(told, now)
        instrument = self.instruments.get(str(act.body.get("series", "")), {})
        since = began(first, instrument)
        return self.calibrations.enter(
            act,
            program,
            state,
            self.book,
            began=since,
            now=now,
            held_since=lambda start: self._held_since(
                act.line, state.first if state is not None else ALWAYS, start
            ),
        )

    def _held_since(self, line: str, until: int, start: int) -> list[Program]:
        """The versions of a line's plan that held between two times, the last first."""
        records: list[Told] = []
        after = 0
        while page := self.ledger.read(after, kind="plan.", line=line):
            records += [(record.kind, record.line, record.content) for record in page]
            after = page[-1].seq
        records += [told for _, told in self.told if told[1] == line]
        turns = turns_of(each for each in records if each[0] in (ADOPTED, REPLACED))
        ends = [min(turn.start, until) for turn in turns[1:]]
        held = [
            turn.plan for turn, end in zip(turns, ends, strict=False) if turn.start < until and end > start
        ]
        return [compile_plan(plan) for plan in reversed(held)]

    def _newer(self, line: str, key: tuple[str, str, str], after: int) -> list[Body]:
        """The verdicts of a limit unit that became known behind a record, in order."""
        found: list[Body] = []
        while page := self.ledger.read(after, kind="verdict", line=line):
            found += [record.content for record in page]
            after = page[-1].seq
        found += [body for _, (kind, of, body) in self.told if (kind, of) == ("verdict", line)]
        return [body for body in found if (body["ccp"], body["limit"], body["unit"]) == key]


def printable(text: str) -> str:
    """The text as it can stand in any record: whole characters, not too many."""
    return text[:500].encode("utf-8", "backslashreplace").decode("utf-8")


def _instruments_of(body: Body) -> dict[str, dict[str, str]]:
    """What stands behind each series: of an act `site.bound`.

    Raises:
        CanonicalError: the body says something else.
    """
    try:
        return msgspec.convert(body.get("instruments"), dict[str, dict[str, str]])
    except msgspec.ValidationError as error:
        raise CanonicalError(f"instruments: {error}") from error
