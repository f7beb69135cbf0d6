"""How many alarms a day a plan raises on recorded readings: what an engineer asks before it is signed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.filemap import FileMap
from haccpline.replay import blocks_of, judged
from readings.block import Block
from readings.errors import HaccplineError
from readings.times import DAY
from rules.plan import Plan
from rules.recording import Recording
from rules.timeline import Verdict


@dataclass(frozen=True, slots=True)
class Alarms:
    """What a plan raised on readings.

    Attributes:
        days: how long the readings are.
        raised: how often, by CCP, limit and kind of event; `warning` where an operating limit did not hold.
        recording: what the readings showed of each series.
    """

    days: float
    raised: Counter[tuple[str, str, str]]
    recording: Recording

    def lines(self) -> Iterator[str]:
        """In words, a line per limit and kind, the whole first."""
        cases = sum(count for (_, _, kind), count in self.raised.items() if kind != "warning")
        warnings = self.raised.total() - cases
        yield (
            f"over {self.days:.2f} days: {cases} alarm{'s' * (cases != 1)}, {cases / self.days:.1f} a day;"
            f" {warnings} warning{'s' * (warnings != 1)}, {warnings / self.days:.1f} a day"
        )
        for (ccp, limit, kind), count in sorted(self.raised.items()):
            yield f"  {ccp} {limit}: {kind.replace('_', ' ')} {count}, {count / self.days:.1f} a day"


def alarms(plan: Plan, readings: Path, *, mapping: FileMap | None = None) -> Alarms:
    """Judge readings in a file by a plan, and count what it raises.

    Raises:
        HaccplineError: the file cannot be read, or holds no reading.
    """
    first: list[int] = []
    recording = Recording()

    def noted(blocks: Iterator[Block]) -> Iterator[Block]:
        for block in blocks:
            if not first and len(block):
                first.append(int(block.time[0]))
            recording.take(plan, block)
            yield block

    done = judged(plan, noted(blocks_of(plan, readings, mapping=mapping)))
    decisions, until = done.decisions, done.until
    raised = Counter((limit.ccp, limit.limit, str(event.kind)) for limit, event in decisions.raised())
    for line in decisions.lines():
        if line["verdict"] == Verdict.OPERATING:
            raised[line["ccp"], line["limit"], "warning"] += 1
    if not first or until <= first[0]:
        raise HaccplineError(f"{readings} holds no span of readings that could be judged")
    recording.raised(plan, decisions.raised(), until)
    return Alarms((until - first[0]) / DAY, raised, recording)
