"""Two plans on the same readings, read once: how they differ in words, and in what they decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.filemap import FileMap
from haccpline.ahead import ahead
from haccpline.decision_difference import Difference, LotDifference, differing_decisions, differing_lots
from haccpline.recorded import readings_for
from haccpline.replay import Judge, Judged
from haccpline.watched import Watched
from readings.errors import HaccplineError
from readings.times import ALWAYS, NEVER, format_time
from rules.plan import Plan
from rules.plan_difference import KeyDifference, differing_keys


@dataclass(frozen=True, slots=True)
class PlanDiff:
    """See the module.

    Attributes:
        old, new: the plans.
        watched: the readings.
        warnings: what is lacking, in words.
        keys: how the plans' texts differ.
        decisions: what they decide otherwise.
        lots: that something else would hold.
        judged: what each plan decided.
    """

    old: Plan
    new: Plan
    watched: Watched
    warnings: Sequence[str]
    keys: Sequence[KeyDifference]
    decisions: Sequence[Difference]
    lots: Sequence[LotDifference]
    judged: tuple[Judged, Judged]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "old": self._plan(self.judged[0]),
            "new": self._plan(self.judged[1]),
            "line": self.old.line_id,
            "readings": {
                "count": self.watched.readings,
                "from": format_time(self.watched.first),
                "to": format_time(self.watched.last),
            },
            "keys": [{"key": each.path, "old": each.old, "new": each.new} for each in self.keys],
            "decisions": [each.as_json() for each in self.decisions],
            "lots": [each.as_json() for each in self.lots],
        }

    def _plan(self, judged: Judged) -> dict[str, Any]:
        lacking = [str(series) for series in self.watched.lacking(judged.program)]
        return {"plan": judged.program.plan.plan, "hash": judged.program.hash, "lacking": lacking}


def plan_diff(
    old: Plan,
    new: Plan,
    readings: Path,
    *,
    mapping: FileMap | None = None,
    line: str | None = None,
    start: int = ALWAYS,
    end: int = NEVER,
) -> PlanDiff:
    """Judge the same readings by two plans, and compare.

    Args:
        old: a plan.
        new: another of the same line.
        readings: see `haccpline.recorded.readings_for`.
        mapping: what the columns of a foreign file mean.
        line: as which a site has recorded the line, where that is another name.
        start: judging begins here, ns UTC; with the first reading where it isn't given.
        end: time is said to have come so far, ns UTC; as far as is recorded where it isn't given.

    Raises:
        HaccplineError: the plans are of two lines, or nothing of what they judge by is there.
    """
    if old.line_id != new.line_id:
        raise HaccplineError(
            f"the plans are of two lines, {old.line_id} and {new.line_id}; give both the same line.id"
        )
    given = readings_for([old, new], readings, mapping=mapping, line=line, start=start, end=end)
    judges = [Judge(plan, start=given.start, end=given.end) for plan in (old, new)]
    watched = Watched(readings.name, given.start, given.end)
    for block in watched.through(ahead(given.blocks)):
        for judge in judges:
            judge.hear(block)
    one, other = (judge.finish() for judge in judges)
    warnings = [said for each in (one, other) for said in watched.warnings(each.program)]
    return PlanDiff(
        old=old,
        new=new,
        watched=watched,
        warnings=list(dict.fromkeys(warnings)),
        keys=differing_keys(old, new),
        decisions=differing_decisions(one, other),
        lots=differing_lots(one, other),
        judged=(one, other),
    )
