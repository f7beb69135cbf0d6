"""What the record process reports of itself as trouble: who knows of it, and of what kind it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dashboards.notices.health_notifier import HealthNotifier
from dashboards.notices.notifier import Notifier
from dashboards.views.doubt_words import doubt_words
from dashboards.views.health_shape import DoubtSaid
from dashboards.views.trouble_kinds import TroubleKind
from gateway.doubts import Doubt
from gateway.tally import SourceHealth
from haccpline.desk import Desk
from haccpline.keeping import Keeping
from haccpline.look_backs import LookBacks
from haccpline.plan_files import PlanFiles
from ingest.inbox import InboxTaker
from ingest.intake import JournalIntake
from ingest.posted_taker import PostedTaker


@dataclass(frozen=True, slots=True)
class Reports:
    """Whoever works in the record process.

    Attributes:
        plans: what is to be told of plans since the record began.
    """

    intake: JournalIntake
    desk: Desk
    inbox: InboxTaker
    posted: PostedTaker
    files: PlanFiles
    look_backs: LookBacks
    keeping: Keeping
    notifier: Notifier | None
    health_notifier: HealthNotifier | None
    plans: Sequence[str]

    def told(self, sources: Sequence[SourceHealth]) -> list[dict[str, Any]]:
        """What is not as it should be now, a full disk first: `trouble` of `health.json`.

        Args:
            sources: as they are now.
        """
        found: list[dict[str, Any]] = [
            {"kind": kind, "words": words} for kind, words in self._found() if words
        ]
        found.sort(key=lambda each: each["kind"] != "disk")
        return found + [_doubted(source.name, doubt) for source in sources for doubt in source.doubts]

    def _found(self) -> Iterator[tuple[TroubleKind, str | None]]:
        yield "bound" if self.keeping.full else "commit", self.intake.trouble
        yield "archive", self.intake.unanswered
        yield "ledger", self.desk.trouble
        yield "archive", self.desk.unsealed
        yield "entered", self.inbox.trouble
        yield "handed_in", self.posted.trouble
        if self.notifier is not None:
            yield "notices", self.notifier.trouble
            yield "siren", self.notifier.sounding
        if self.health_notifier is not None:
            yield "health_notices", self.health_notifier.trouble
        for words in (*self.plans, self.files.trouble):
            yield "plan", words
        yield "look_back", self.look_backs.trouble
        yield from self.keeping.troubles()


def _doubted(source: str, doubt: Doubt) -> dict[str, Any]:
    said = DoubtSaid(doubt.kind, doubt.about, doubt.facts)
    kind: TroubleKind = "doubt"
    return {
        "kind": kind,
        "words": f"{source}: {doubt_words(said, 'en')}",
        "source": source,
        "doubt": asdict(doubt),
    }
