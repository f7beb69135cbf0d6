"""The pages of a site, mounted on its app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from dashboards.language import language
from dashboards.pages import (
    calibration_routes,
    case_routes,
    completeness_routes,
    entering_routes,
    export_routes,
    production_routes,
    sign_routes,
)
from dashboards.pages.chart_limits import Period
from dashboards.pages.charts import Painter
from dashboards.pages.desk import Pages, Visit, pages_of, visit
from dashboards.pages.due import waiting
from dashboards.pages.findings import health_values
from dashboards.pages.live import Live
from dashboards.pages.problem_words import problem_values
from dashboards.pages.refusals import refusal
from dashboards.pages.render import STATIC, html, parted, strip_of
from dashboards.pages.screens import evidence_of, is_screen
from dashboards.pages.tongue import tongue_of
from dashboards.views.site import SiteView
from dashboards.web import problems
from dashboards.web.errors import NotFound
from dashboards.web.problems import PROBLEMS
from dashboards.web.session import may_read
from dashboards.worksheet.html import as_fragment
from dashboards.worksheet.paper import worksheet
from readings.errors import HaccplineError
from readings.times import DAY, HOUR

RANGES = {
    "1h": (HOUR, 10),
    "8h": (8 * HOUR, 30),
    "24h": (24 * HOUR, 60),
    "7d": (7 * DAY, 300),
}  # and seconds between
RANGE_NAMES = {"1h": "1 hour", "8h": "8 hours", "24h": "24 hours", "7d": "7 days"}
_DAYS = 3  # daily records that a line offers
_FOR_GOOD = "public, max-age=31536000, immutable"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

public = APIRouter(include_in_schema=False)
router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])


def add_pages(app: FastAPI, site: SiteView) -> None:
    """Mount the pages on an app that has `state.web` and `state.plant` (`dashboards.web.app`).

    Args:
        app: gets the pages, `state.pages` and `state.error_page`.
        site: what is shown.
    """
    plant = app.state.plant
    live = Live(plant, stopping=lambda: bool(getattr(app.state, "stopping", False)))
    app.state.pages = Pages(site, plant, live)
    app.state.error_page = error_page
    app.include_router(public)
    app.include_router(router)
    for part in (
        sign_routes,
        case_routes,
        entering_routes,
        production_routes,
        calibration_routes,
        completeness_routes,
        export_routes,
    ):
        app.include_router(part.router)


@router.get("/")
def board(request: Request) -> HTMLResponse:
    """The board: every limit, the worst first; `?wall` for a screen on the wall."""
    shown = visit(request)
    trouble, calm = parted(shown.snap)
    return shown.page(
        "board.html",
        screen="board",
        wall_mode="wall" in request.query_params,
        trouble=trouble,
        waits=waiting(shown.snap.by_hand),
        calm=calm,
        **_row_values(shown, link=True),
    )


@router.get("/lines/{line}")
def line(
    request: Request, line: str, shown_range: Annotated[str, Query(alias="range")] = "8h"
) -> HTMLResponse:
    """A line: its limits now, its charts, what its plan says."""
    shown = visit(request)
    found = shown.snap.line(line)
    if found is None:
        raise NotFound(f"there is no line {line}")
    name = shown_range if shown_range in RANGES else "8h"
    watches = shown.pages.plant.watches(line)
    instruments = [
        (series, each)
        for series, each in sorted(shown.pages.site.instruments.items())
        if series.split("/")[0] == line
    ]
    return shown.page(
        "line.html",
        about=line,
        line=found,
        days=[shown.words.date(shown.snap.at - back * DAY) for back in range(_DAYS)],
        screen=f"line:{line}",
        rows=[row for row in shown.snap.rows if row.watch.line == line],
        line_cases=[p for p in shown.snap.problems if not p.over and p.view.case.line == line],
        ranges=[(key, shown.words.say(text)) for key, text in RANGE_NAMES.items()],
        range_name=name,
        every=RANGES[name][1],
        charts_html=_charts(shown, line, name),
        evidence=evidence_of(shown.pages.plant, line, shown.snap.at),
        watches=watches,
        instruments=instruments,
        **problem_values(shown.words, shown.pages.plant, shown.snap),
        **_row_values(shown, link=False),
    )


@router.get("/lines/{line}/plan")
def plan(request: Request, line: str) -> HTMLResponse:
    """The plan that judges a line, as a HACCP worksheet."""
    shown = visit(request)
    found = shown.snap.line(line)
    if found is None:
        raise NotFound(f"there is no line {line}")
    sheet = as_fragment(worksheet(found.plan, shown.words.tongue))
    waits = found.waiting.plan if found.waiting is not None else None
    waiting_sheet = as_fragment(worksheet(waits, shown.words.tongue)) if waits is not None else ""
    return shown.page("plan.html", about=line, line=found, sheet=sheet, waiting_sheet=waiting_sheet)


@router.get("/lines/{line}/charts")
def charts(
    request: Request, line: str, shown_range: Annotated[str, Query(alias="range")] = "8h"
) -> HTMLResponse:
    """The charts of a line alone, for a page that brings itself up to date."""
    shown = visit(request)
    if shown.snap.line(line) is None:
        raise NotFound(f"there is no line {line}")
    return HTMLResponse(_charts(shown, line, shown_range if shown_range in RANGES else "8h"))


@router.get("/health")
def health(request: Request) -> HTMLResponse:
    """How the record process is: devices, journal, books, copy, clock."""
    shown = visit(request)
    return shown.page("health.html", **health_values(shown.words, shown.snap))


@router.get("/cases")
def cases(request: Request) -> HTMLResponse:
    """The problem list."""
    shown = visit(request)
    return shown.page("cases.html", **problem_values(shown.words, shown.pages.plant, shown.snap))


def _screen(request: Request, screen: Annotated[str, Query(max_length=200)]) -> str:
    if not is_screen(screen, pages_of(request).snapshot()):
        raise NotFound(f"there is no page {screen} that is kept up to date")
    return screen


async def _seat(request: Request) -> AsyncIterator[None]:
    """A seat for as long as the stream lasts; taken before anything is answered."""
    seats, address = pages_of(request).seats, request.client.host if request.client else ""
    seats.take(address)
    try:
        yield
    finally:
        seats.leave(address)


@router.get("/live", response_class=EventSourceResponse, dependencies=[Depends(_seat)])
async def live(
    request: Request,
    screen: Annotated[str, Depends(_screen)],
    since: Annotated[str, Query(max_length=40)] = "",
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """What changes on a page, as long as it is looked at."""
    pages = pages_of(request)
    seen = pages.live.number_of(last_event_id or since)

    def may() -> bool:
        try:
            may_read(request)
        except HaccplineError:
            return False
        return True

    async for event in pages.live.stream(screen, tongue_of(request), seen=seen, may=may):
        yield event


@public.get("/static/{name}")
def static(name: str) -> Response:
    """Our style, script and picture; kept by browsers for good, for their address changes with them."""
    path = STATIC / Path(name).name
    kind = _TYPES.get(path.suffix)
    if kind is None or not path.is_file():
        raise NotFound(f"there is no file {name}")
    return FileResponse(path, media_type=kind, headers={"Cache-Control": _FOR_GOOD})


@public.get("/font/noto-sans-sc.ttf")
def font() -> Response:
    """Noto Sans SC (OFL), out of the package zhplot: for browsers that have no Chinese font."""
    path = Path(str(files("zhplot") / "fonts" / "NotoSansSC-Regular.ttf"))
    return FileResponse(path, media_type="font/ttf", headers={"Cache-Control": _FOR_GOOD})


def error_page(request: Request, status: int, title: str, detail: str) -> Response:
    """A refusal or a fault, as a page."""
    advice = next(
        (kind.advice for kind in PROBLEMS.values() if (kind.status, kind.title) == (status, title)), ""
    )
    shown = visit(request)
    say = language(shown.words.tongue, Path(problems.__file__).parent).say
    return shown.page(
        "error.html",
        status=status,
        code=status,
        title=say(title),
        advice=say(advice),
        detail=refusal(detail, shown.words),
    )


def _row_values(shown: Visit, *, link: bool) -> dict[str, Any]:
    return {
        "current": shown.snap.current,
        "link": link,
        "strip_of": lambda row: strip_of(row, shown.words, shown.snap.at),
    }


def _charts(shown: Visit, line: str, name: str) -> str:
    """The charts of a line, made at most so often."""
    import time

    key = (line, name, shown.words.tongue)
    until, made = shown.pages.charts.get(key, (0.0, ""))
    if until > time.monotonic():
        return made
    length, every = RANGES[name]
    found = shown.snap.line(line)
    drawn, trouble = [], ""
    try:
        at = shown.snap.at
        period = Period(at - length, at, at, shown.snap.known)
        painter = Painter(shown.pages.plant, shown.web.stores.history, period, shown.words)
        drawn = painter.line(found.plan, shown.pages.plant.watches(line)) if found is not None else []
    except (HaccplineError, OSError) as error:
        trouble = str(error)
    made = html("charts.html", shown.words, shown.snap, charts=drawn, charts_trouble=trouble)
    shown.pages.charts[key] = (time.monotonic() + every / 2, made)
    return made
