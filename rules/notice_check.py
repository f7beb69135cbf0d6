"""What a plan says of notices, held against itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from readings.times import MINUTE, format_duration
from rules.control_point import Ccp, Oprp
from rules.ladder import Notice
from rules.notices import delay
from rules.plan import Plan
from rules.strict_yaml import Path


def notice_findings(plan: Plan) -> Iterator[tuple[Path, str]]:
    """What does not fit together, with the path of the key at fault."""
    for number, rung in enumerate(plan.notices):
        for rest, message in _rung(rung):
            yield ("notices", number, *rest), message
    if plan.notices and all(rung.propose is not None for rung in plan.notices):
        yield ("notices",), "nobody is told of a deviation: every rung only proposes"
    groups: tuple[tuple[str, Sequence[Ccp | Oprp]], ...] = (("ccps", plan.ccps), ("oprps", plan.oprps))
    for group, points in groups:
        for number, point in enumerate(points):
            for message in _silence(point):
                yield (group, number, "silence", "notice"), message


def _rung(rung: Notice) -> Iterator[tuple[Path, str]]:
    after = delay(rung)
    if rung.at is not None and rung.after is not None:
        yield ("after",), "a rung has one time: at or after, which mean the same"
    if after is None and rung.when is None:
        yield (
            (),
            "say when: after the case opened (at, after), or when a person has something to decide (when, propose)",
        )
    if rung.when is not None and rung.propose is None:
        yield (
            ("when",),
            f"the program cannot know whether {rung.when}; a person can: say what to propose to them",
        )
    if rung.unless is not None and not after:
        yield ("unless",), f"nobody can have {rung.unless} it at once; give the rung a time (after)"
    if not rung.to or (isinstance(rung.to, list) and not all(rung.to)):
        yield ("to",), "say who is told"
    if rung.again is not None and rung.again < MINUTE:
        yield ("again",), f"again after {format_duration(rung.again)} wears people out; 1 min at the least"


def _silence(point: Ccp | Oprp) -> Iterator[str]:
    silence = point.silence
    if silence.notice is None:
        return
    told = silence.notice.after
    if silence.verdict is not None and told < silence.verdict.after:
        yield (
            f"the notice comes after {format_duration(told)}, before the verdict"
            f" ({format_duration(silence.verdict.after)})"
        )
    if silence.case is not None and told > silence.case.after:
        yield (
            f"the notice comes after {format_duration(told)}, later than the case"
            f" ({format_duration(silence.case.after)})"
        )
