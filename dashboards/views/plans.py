"""The plans of a site by its ledger: which one holds on each line, and every one that ever was adopted."""

from __future__ import annotations

from ledger.record import Record
from readings.errors import HaccplineError
from rules.plan import Plan
from rules.plan_check import load_plan


class PlanFold:
    """Follows the `plan.*` records.

    Attributes:
        force: hash of the plan that judges, by line.
        waiting: hash of the one that is to.
    """

    def __init__(self) -> None:
        self.force: dict[str, str] = {}
        self.waiting: dict[str, str] = {}
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
        elif record.kind == "plan.replaced":
            self.force[record.line] = record.content["new"]
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

    def in_force(self) -> dict[str, Plan]:
        """The plan that judges, by line, where it can be read."""
        found = {line: self.plan(hash_) for line, hash_ in sorted(self.force.items())}
        return {line: plan for line, plan in found.items() if plan is not None}
