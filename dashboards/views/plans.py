"""The plans of a site by its ledger: which one holds on each line, held before, is to hold, and every one ever adopted."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.record import Record
from readings.errors import HaccplineError
from readings.times import ALWAYS, NEVER, parse_time
from rules.plan import Plan
from rules.plan_check import load_plan


@dataclass(frozen=True, slots=True)
class PlanTurn:
    """A plan that held on a line.

    Attributes:
        hash: of it.
        start: from when on, event time, ns UTC; ALWAYS of the first one.
        end: when the next one took over, not included; NEVER of the one in force.
    """

    hash: str
    start: int
    end: int


class PlanFold:
    """Follows the `plan.*` records.

    Attributes:
        force: hash of the plan that judges, by line.
        waiting: hash of the one that is to.
    """

    def __init__(self) -> None:
        self.force: dict[str, str] = {}
        self.waiting: dict[str, str] = {}
        self._began: dict[str, list[tuple[int, str]]] = {}
        self._texts: dict[str, str] = {}
        self._plans: dict[str, Plan | None] = {}

    def take(self, record: Record) -> bool:
        """Take a record; whether it changed which plans there are."""
        if record.kind == "plan.adopted":
            body = record.content
            self._texts[body["hash"]] = body["text"]
            if record.line in self.force:
                self.waiting[record.line] = body["hash"]
            else:
                self.force[record.line] = body["hash"]
                self._began[record.line] = [(ALWAYS, body["hash"])]
        elif record.kind == "plan.replaced":
            body = record.content
            start = parse_time(body["from"]) if "from" in body else record.at
            self.force[record.line] = body["new"]
            self._began.setdefault(record.line, [(ALWAYS, body["old"])]).append((start, body["new"]))
            self.waiting.pop(record.line, None)
        elif record.kind == "plan.withdrawn":
            self.waiting.pop(record.line, None)
        else:
            return False
        return True

    def plan(self, hash_: str) -> Plan | None:
        """The plan of this hash; None where none was adopted, or this release cannot read it any more."""
        if hash_ not in self._plans:
            text = self._texts.get(hash_)
            try:
                self._plans[hash_] = load_plan(text, hash_) if text is not None else None
            except HaccplineError:
                self._plans[hash_] = None
        return self._plans[hash_]

    def turns(self, line: str, start: int, end: int) -> list[PlanTurn]:
        """The plans that held on a line in start <= time <= end, in order; empty where none was adopted."""
        began = self._began.get(line, [])
        ends = [at for at, _ in began[1:]] + [NEVER]
        turns = [PlanTurn(hash_, at, over) for (at, hash_), over in zip(began, ends, strict=True)]
        return [turn for turn in turns if turn.start <= end and turn.end > start]

    def in_force(self) -> dict[str, Plan]:
        """The plan that judges, by line, where it can be read."""
        found = {line: self.plan(hash_) for line, hash_ in sorted(self.force.items())}
        return {line: plan for line, plan in found.items() if plan is not None}
