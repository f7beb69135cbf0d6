"""What the ledger has told of a site, folded into what is shown of it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from dashboards.views.by_hand import EnteredFold
from dashboards.views.cases import CaseFold, CaseView
from dashboards.views.evidence import EvidenceFold
from dashboards.views.lines import WaitingPlan
from dashboards.views.look_backs import LookBackFold
from dashboards.views.plans import PlanFold
from dashboards.views.production import ProductionFold
from dashboards.views.signed_end import Held, held
from dashboards.views.site import SiteView
from dashboards.views.verdicts import VerdictFold
from dashboards.views.watch import Watch, watches
from ledger.record import Record
from ledger.timelines import Key
from rules.plan import Plan


class Told:
    """See the module. Records are taken in the order of the ledger.

    Args:
        site: as its site file describes it: its plans are used until the ledger has adopted ones.

    Attributes:
        verdicts: timelines of the last days.
        plans: adopted, in force, waiting.
        production: what each line makes.
        entered: what people entered.
        look_backs: on failed calibrations.
        evidence: what other systems handed in.
        in_use: by line, its plan now.
        cases: all there ever were, by id; a snapshot may keep it, for it is replaced and not changed.
        alive: those that are not over.
        seq: of the last record.
        decided: when that was written, ns UTC.
    """

    def __init__(self, site: SiteView) -> None:
        self._site = site
        self.verdicts = VerdictFold()
        self.plans = PlanFold()
        self.production = ProductionFold()
        self.entered = EnteredFold()
        self.look_backs = LookBackFold()
        self.evidence = EvidenceFold()
        self._folds = (self.entered, self.production, self.look_backs, self.evidence)
        self._cases = CaseFold()
        self.cases: dict[str, CaseView] = {}
        self.alive: list[CaseView] = []
        self.in_use: dict[str, Plan] = dict(site.plans)
        self.seq = self.decided = 0
        self._watches: list[Watch] | None = None
        self._watches_of: dict[str, dict[Key, Watch]] = {}

    def take(self, page: Sequence[Record]) -> None:
        """Take records, of which there is one at least."""
        changed = set()
        for record in page:
            if record.kind == "verdict":
                self.verdicts.take(record)
            elif self.plans.take(record):
                self.in_use, self._watches = self._site.plans | self.plans.in_force(), None
            elif any(fold.take(record) for fold in self._folds):
                continue
            elif (case := self._cases.take(record)) is not None:
                changed.add(case)
        if changed:
            self.cases = self.cases | {case: deepcopy(self._cases.cases[case]) for case in sorted(changed)}
            self.alive = [view for view in self.cases.values() if not view.case.over]
        self.seq, self.decided = page[-1].seq, page[-1].at

    def watched(self, line: str | None = None) -> list[Watch]:
        """What is watched now, in the order of the plans; on one line alone where one is named."""
        if self._watches is None:
            self._watches = [watch for plan in self.in_use.values() for watch in watches(plan)]
        return [watch for watch in self._watches if line is None or watch.line == line]

    def watched_by(self, plan: str) -> dict[Key, Watch]:
        """What an adopted plan watches, by its hash; nothing where this release cannot read it any more."""
        known = self._watches_of.get(plan)
        if known is None:
            read = self.plans.plan(plan)
            known = {watch.key: watch for watch in watches(read)} if read is not None else {}
            self._watches_of[plan] = known
        return known

    def held(self, line: str, plan: Plan, now: int) -> Held | None:
        """How what a person signed about a line agrees with it; None where nothing is signed."""
        signed = self.production.of(line).signed
        return held(plan, signed, self.watched(line), self.verdicts, now) if signed is not None else None

    def waiting(self, line: str) -> WaitingPlan | None:
        """The plan that is to take over on a line; None if none is."""
        hash_ = self.plans.waiting.get(line)
        if hash_ is None:
            return None
        between = any(watch.in_turns for watch in self.watched(line))
        return WaitingPlan(hash_, self.plans.plan(hash_), between)
