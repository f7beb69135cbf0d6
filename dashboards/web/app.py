"""The web of a site: pages and the API in one app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from dashboards.pages.routes import add_pages
from dashboards.views.plant import Plant
from dashboards.views.site import SiteView
from dashboards.web import (
    api_by_hand,
    api_calibrations,
    api_cases,
    api_completeness,
    api_evidence,
    api_exports,
    api_posted,
    api_production,
    api_readings,
    api_record,
    api_reports,
    api_session,
    metrics,
)
from dashboards.web.exports import Exporter, Exports
from dashboards.web.openapi import PREFIX, add_reference, described, operation_id
from dashboards.web.problems import add_problems
from dashboards.web.rate import Buckets
from dashboards.web.session import cookie_name
from dashboards.web.settings import ServeSettings
from dashboards.web.shapes import Problem
from dashboards.web.shield import Shield
from dashboards.web.state import Web
from dashboards.web.stores import Stores
from dashboards.web.timelines import Timelines
from readings.posted import Poster

SIGN_IN = "/sign-in"


def make_app(
    site: SiteView,
    settings: ServeSettings,
    *,
    exporter: Exporter | None = None,
    poster: Poster | None = None,
) -> FastAPI:
    """The pages and the API of a site.

    Pages find in `app.state`: `web` (what the parts share), `plant` (what is known of the site now), `banner` (a
    warning, zh and en, that stands on every page; None for none), `exports` (packages on request), `stopping` (whether
    the server was told to stop: streams end then). They may set `error_page`, which makes the pages of errors:
    (request, status, title, detail) -> response.

    Args:
        site: as its site file describes it; not recorded yet is answered with 503.
        settings: how it is served.
        exporter: makes packages; None: none can be made here.
        poster: understands what programs hand in; None: nothing can be handed in here.

    Raises:
        ServeError: it may not be served so.
    """
    settings = settings.guarded()
    buckets = Buckets()
    web = Web(
        site=site,
        settings=settings,
        stores=Stores(site.folder, idle=settings.idle, longest=settings.longest),
        plant=Plant(site),
        timelines=Timelines(),
        buckets=buckets,
        exports=Exports(site.folder / "exports", exporter),
        poster=poster,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        web.plant.close()
        web.stores.close()

    app = FastAPI(
        title="haccpline",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
    )
    app.state.web, app.state.plant, app.state.exports = web, web.plant, web.exports
    app.state.banner, app.state.cookie, app.state.error_page = settings.banner, cookie_name(web), None
    app.state.stopping = False
    app.add_middleware(Shield, settings=settings, buckets=buckets)
    add_problems(app, sign_in=SIGN_IN)
    api = APIRouter(prefix=PREFIX, responses={"default": {"model": Problem, "description": "A problem."}})
    for part in (
        api_record,
        api_cases,
        api_production,
        api_by_hand,
        api_calibrations,
        api_readings,
        api_posted,
        api_completeness,
        api_evidence,
        api_exports,
        api_reports,
        api_session,
    ):
        api.include_router(part.router)
    app.include_router(api)
    app.include_router(metrics.router)
    add_reference(app)
    add_pages(app, site)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign] # the way FastAPI asks for
    return app


def _described(app: FastAPI) -> dict[str, object]:
    if app.openapi_schema is None:
        app.openapi_schema = described(app)
    return app.openapi_schema
