"""What the pages share while they serve, and what every page begins with."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from dashboards.language import Tongue
from dashboards.pages.live import Live
from dashboards.pages.render import html
from dashboards.pages.seats import Seats
from dashboards.pages.tongue import NAMES, remember, tongue_of
from dashboards.pages.words import Words
from dashboards.views.look_backs import DecidedAgain, LookBackView, decided_again
from dashboards.views.plant import Plant
from dashboards.views.site import SiteView
from dashboards.views.snapshot import Snapshot
from dashboards.web.rights import Right
from dashboards.web.session import SignedIn, signed_in
from dashboards.web.state import Web, web_of
from rules.calibration import calibrations

FRESH = 0.9  # seconds for which a snapshot serves every page
_NAV = (
    ("/", "Board"),
    ("/cases", "Problem list"),
    ("/enter", "By hand"),
    ("/calibrations", "Calibrations"),
    ("/health", "Health"),
    ("/export", "Export"),
)


@dataclass(slots=True)
class Pages:
    """What the pages share.

    Attributes:
        site: what is shown.
        plant: what is known of it.
        live: the streams.
        seats: who has one.
        charts: charts made lately, by line, period and language: until when they serve, and their HTML.
        looked_back: what was decided again, by the id of the calibration, of look-backs that are done.
    """

    site: SiteView
    plant: Plant
    live: Live
    seats: Seats = field(default_factory=Seats)
    charts: dict[tuple[str, str, Tongue], tuple[float, str]] = field(default_factory=dict)
    looked_back: dict[str, list[DecidedAgain]] = field(default_factory=dict)
    _snap: Snapshot | None = None
    _made: float = 0.0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def snapshot(self, *, fresh: float = FRESH) -> Snapshot:
        """What is known now; made anew when the last is older than `fresh` seconds."""
        with self._turn:
            if self._snap is None or time.monotonic() - self._made > fresh:
                self._snap = self.plant.refresh()
                self._made = time.monotonic()
            return self._snap


def pages_of(request: Request) -> Pages:
    """The pages that a request came to."""
    pages: Pages = request.app.state.pages
    return pages


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page.

    Attributes:
        request: as it came.
        pages: what the pages share.
        web: what the web shares.
        words: of the reader.
        who: is signed in.
        snap: what is known now.
    """

    request: Request
    pages: Pages
    web: Web
    words: Words
    who: SignedIn | None
    snap: Snapshot

    @property
    def reads(self) -> bool:
        """Whether they may read what the site knows: who may not is shown a sign-in or a refusal, and nothing of it."""
        return self.web.settings.open_to_read or (self.who is not None and Right.READ in self.who.rights)

    def decided_again(self, view: LookBackView | None) -> list[DecidedAgain]:
        """What was decided again by a look-back; nothing before it is done. It changes no more, and is read once."""
        if view is None or not view.done:
            return []
        known = self.pages.looked_back.get(view.calibration)
        if known is None:
            with self.web.stores.ledger() as ledger:
                known = decided_again(ledger, view)
            self.pages.looked_back[view.calibration] = known
        return known

    def page(
        self, template: str, *, status: int = 200, about: str | None = None, **values: Any
    ) -> HTMLResponse:
        """A whole page.

        Args:
            template: its file.
            status: of HTTP.
            about: the line that the page is about; marks of other lines' plans are left out. None: the marks of all.
            **values: what the template needs.
        """
        response = HTMLResponse(html(template, self.words, self.snap, **self._frame(about), **values), status)
        remember(self.request, response)
        return response

    def _frame(self, about: str | None) -> dict[str, Any]:
        path = self.request.url.path
        query = dict(self.request.query_params)
        site = self.pages.site
        settings = self.web.settings
        return {
            "site_name": self.words.name(site.name, site.id),
            "banner": settings.banner,
            "marks": _marks(self.snap, self.words, about) if self.reads else [],
            "played": site.clock == "readings" and self.reads,
            "nav": [
                (href, self.words.say(text), path == href)
                for href, text in _NAV
                if (href != "/enter" or (self.reads and self.snap.by_hand))
                and (href != "/calibrations" or (self.reads and _calibrates(self.snap)))
            ],
            "open_cases": sum(not p.over for p in self.snap.problems) if self.reads else 0,
            "tongues": NAMES,
            "here_in": lambda tongue: f"{path}?{urlencode(query | {'lang': tongue})}",
            "who": self.who,
            "path": path,
            "stamp": self.pages.live.stamp(self.snap.number),
        }


def visit(request: Request, *, fresh: float = FRESH) -> Visit:
    """What a page begins with. Whether its reader may read is looked at before.

    Args:
        request: for the page.
        fresh: what is known may be so many seconds old; 0 where something is entered, to tell it from what came before.
    """
    pages = pages_of(request)
    words = Words(tongue_of(request), pages.site.timezone)
    return Visit(request, pages, web_of(request), words, signed_in(request), pages.snapshot(fresh=fresh))


def _calibrates(snap: Snapshot) -> bool:
    """Whether any plan has an instrument calibrated."""
    return any(calibrations(line.plan) for line in snap.lines)


def _marks(snap: Snapshot, words: Words, about: str | None) -> list[tuple[str, list[str]]]:
    """What plans are marked with, and the lines of each."""
    found: dict[str, list[str]] = {}
    for line in snap.lines:
        if line.plan.marked and about in (None, line.id):
            found.setdefault(words.name(line.plan.marked), []).append(words.name(line.plan.name, line.id))
    return list(found.items())
