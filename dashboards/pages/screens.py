"""What a page shows that changes while it is looked at, in parts: each is sent again only when it changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from dashboards.pages.case_page import case_parts
from dashboards.pages.due import waiting
from dashboards.pages.findings import health_values
from dashboards.pages.problem_words import problem_values
from dashboards.pages.render import html, parted, row_html
from dashboards.pages.words import Words
from dashboards.views.board import Level, Row
from dashboards.views.evidence import EvidenceView
from dashboards.views.plant import Plant
from dashboards.views.snapshot import Snapshot
from readings.times import DAY, MINUTE, NEVER

PLAIN = ("board", "cases", "health")
_EVENTS, _EVENTS_SINCE = 10, 7 * DAY  # with evidence, that the page of a line shows
_GRAVE = (Level.DEVIATION, Level.UNKNOWN)
_KEPT = 20  # announcements


def evidence_of(plant: Plant, line: str, now: int) -> list[EvidenceView]:
    """The last events of a line that were handed in with evidence, the latest first."""
    return plant.evidence(line, now - _EVENTS_SINCE, NEVER)[-_EVENTS:][::-1]


def is_screen(name: str, snap: Snapshot) -> bool:
    """Whether there is such a page to be kept up to date."""
    kind, _, about = name.partition(":")
    if kind == "line":
        return snap.line(about) is not None
    return about in snap.cases if kind == "case" else name in PLAIN


@dataclass(slots=True)
class Part:
    """A piece of a page: what it depends on, its HTML, the snapshot with which it changed last.

    `whole`: the HTML takes the place of the element, not of what is in it.
    """

    memo: Hashable
    html: str
    number: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Patch:
    """What has changed since a snapshot.

    Attributes:
        inner: HTML by the id of the element that it is the content of.
        whole: HTML by the id of the element that it takes the place of.
        lists: by the id of an element, the ids of what stands in it, in order.
        said: what is read out.
    """

    inner: dict[str, str]
    whole: dict[str, str]
    lists: dict[str, list[str]]
    said: list[str]


@dataclass(slots=True)
class Screen:
    """One kind of page in one language, kept up to date for everybody who looks at it.

    Attributes:
        name: `board`, `line:ID`, `cases`, `case:ID`, `health`.
        words: of its readers.
        plant: what is shown.
        number: of the snapshot that it shows; 0 before the first.
    """

    name: str
    words: Words
    plant: Plant
    number: int = 0
    _parts: dict[str, Part] = field(default_factory=dict)
    _lists: dict[str, tuple[list[str], int]] = field(default_factory=dict)
    _levels: dict[str, Level] = field(default_factory=dict)
    _said: list[tuple[int, str]] = field(default_factory=list)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def draw(self, snap: Snapshot) -> None:
        """Bring it up to date; what did not change is not rendered again."""
        with self._turn:
            self._draw(snap)

    def _draw(self, snap: Snapshot) -> None:
        kind, _, about = self.name.partition(":")
        words = self.words
        alive = sum(not p.over for p in snap.problems)
        memo: Hashable = (
            alive,
            *(snap.standing.doubt, snap.standing.since if snap.standing.doubt else None, snap.trouble),
            snap.health.disk_full,
            tuple(snap.counts.values()),
        )
        self._part("state-box", memo, snap, lambda: html("state.html", words, snap))
        self._part("open-box", alive, snap, lambda: html("open_cases.html", words, snap, open_cases=alive))
        if kind == "board":
            lines = tuple((line.level, line.state, tuple(line.lots.items())) for line in snap.lines)
            self._part("lines", (snap.current, lines), snap, lambda: html("lines.html", words, snap))
            due = waiting(snap.by_hand)
            self._part(
                "by-hand", tuple(due.values()), snap, lambda: html("by_hand.html", words, snap, waits=due)
            )
            trouble, calm = parted(snap)
            self._list("trouble", trouble, snap, link=True)
            self._list("calm", calm, snap, link=True)
        elif kind == "line":
            self._list("rows", [row for row in snap.rows if row.watch.line == about], snap, link=False)
            shown = evidence_of(self.plant, about, snap.at)
            self._part(
                "line-evidence",
                tuple(each.seq for each in shown),
                snap,
                lambda: html("case_evidence.html", words, snap, evidence=shown),
            )
            line = snap.line(about)
            if line is not None and (line.plan.line.calendar is not None or line.plan.line.settle):
                self._part(
                    "production",
                    (line.production, line.held),
                    snap,
                    lambda: html("line_production.html", words, snap, line=line),
                )
        elif kind == "cases":
            memo = (*((p.view.id, len(p.view.seqs), p.due) for p in snap.problems), snap.at // MINUTE)
            self._part(
                "problems",
                memo,
                snap,
                lambda: html("problems.html", words, snap, **problem_values(words, self.plant, snap)),
            )
        elif kind == "case" and about in snap.cases:
            view = snap.cases[about]
            made = case_parts(about, words, self.plant, snap)
            for name, render in made.items():
                self._part(name, (len(view.seqs), snap.at // MINUTE), snap, render)
        elif kind == "health":
            memo = (snap.health.at, snap.health.speaks, snap.standing, snap.trouble)
            self._part(
                "health",
                memo,
                snap,
                lambda: html("health_now.html", words, snap, **health_values(words, snap)),
            )
        self._announce(snap)
        self.number = snap.number

    def since(self, number: int) -> Patch:
        """What has changed since a snapshot; everything for 0."""
        with self._turn:
            new = {name: part for name, part in self._parts.items() if part.number > number}
            return Patch(
                {name: part.html for name, part in new.items() if not part.whole},
                {name: part.html for name, part in new.items() if part.whole},
                {name: ids for name, (ids, changed) in self._lists.items() if changed > number},
                [text for changed, text in self._said if changed > number] if number else [],
            )

    def _part(
        self, name: str, memo: Hashable, snap: Snapshot, render: Callable[[], str], *, whole: bool = False
    ) -> None:
        known = self._parts.get(name)
        if known is not None and known.memo == memo:
            return
        made = render()
        if known is not None and known.html == made:
            known.memo = memo
        else:
            self._parts[name] = Part(memo, made, snap.number, whole)

    def _list(self, name: str, rows: list[Row], snap: Snapshot, *, link: bool) -> None:
        for row in rows:
            self._row(row, snap, link=link)
        ids = [f"r-{row.watch.id}" for row in rows]
        known = self._lists.get(name)
        if known is None or known[0] != ids:
            self._lists[name] = (ids, snap.number)

    def _row(self, row: Row, snap: Snapshot, *, link: bool) -> None:
        memo = (
            *(id(row.watch), row.verdict, row.since, row.reason, row.strip, row.case, row.stage),
            snap.current,
        )
        for name, template, depends in (
            (f"r-{row.watch.id}", "row.html", memo),
            (f"n-{row.watch.id}", "row_now.html", (row.now, row.judged, row.verdict, row.reason)),
        ):
            self._part(
                name,
                depends,
                snap,
                lambda template=template: row_html(template, row, self.words, snap, link=link),  # type: ignore[misc]
                whole=True,
            )

    def _announce(self, snap: Snapshot) -> None:
        """Read out what has become grave, and what no longer is."""
        levels = {row.watch.id: row.level for row in snap.rows}
        for row in snap.rows if self._levels and snap.current else ():
            before = self._levels.get(row.watch.id, row.level)
            if before != row.level and (before in _GRAVE or row.level in _GRAVE):
                text = f"{self.words.where(row.watch)}: {self.words.verdict(row.verdict)}"
                self._said.append((snap.number, text))
        del self._said[:-_KEPT]
        self._levels = levels
