"""The API: packages, made on request and taken away when they are done."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from dashboards.web.access import ExportReader
from dashboards.web.errors import NotFound, WebRefusal
from dashboards.web.exports import Export
from dashboards.web.once import OnceKey, done_once
from dashboards.web.session import check_csrf
from dashboards.web.shapes import ExportAsked, ExportShape, ExportsShape
from dashboards.web.state import snapshot_of, web_of
from readings.times import format_time, parse_time

router = APIRouter(tags=["exports"])


@router.post("/exports", status_code=202, response_model=ExportShape)
def ask_for_export(
    request: Request,
    response: Response,
    asks: ExportReader,
    given: ExportAsked,
    idempotency_key: OnceKey = None,
) -> Any:
    """Ask for a package of a period: everything in it is sealed, written and proven, which takes its time."""
    web = web_of(request)
    if asks.key is None:
        check_csrf(request, None)
    start = None if given.from_ is None else parse_time(given.from_)
    end = None if given.to is None else parse_time(given.to)
    if start is not None and end is not None and end <= start:
        raise WebRefusal("the period ends before it begins")
    unknown = set(given.lines or ()) - {line.id for line in snapshot_of(web).lines}
    if unknown:
        raise NotFound(f"there is no line {', '.join(sorted(unknown))}")
    key = f"{asks.name}\nexport\n{idempotency_key}" if idempotency_key else ""
    fresh: list[Export] = []

    def ask() -> str:
        fresh.append(web.exports.ask(who=asks.name, start=start, end=end, lines=given.lines))
        return fresh[0].id

    id_ = done_once(web, key, given.model_dump(mode="json"), ask)
    made = fresh[0] if fresh else web.exports.find(id_)
    response.headers["Location"] = f"/api/v1/exports/{made.id}"
    return _shape(made)


@router.get("/exports", response_model=ExportsShape)
def list_exports(request: Request, _reader: ExportReader) -> Any:
    """The packages asked for since the server was started, oldest first."""
    return {"exports": [_shape(each) for each in web_of(request).exports.all()]}


@router.get("/exports/{export}", response_model=ExportShape)
def show_export(request: Request, _reader: ExportReader, export: str) -> Any:
    """How far a package is."""
    return _shape(web_of(request).exports.find(export))


@router.get(
    "/exports/{export}/package",
    response_class=FileResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "The package."}},
)
def fetch_package(request: Request, _reader: ExportReader, export: str) -> FileResponse:
    """The package itself."""
    web = web_of(request)
    made = web.exports.find(export)
    if made.path is None:
        raise NotFound(f"export {export} is {made.state}; there is no package of it")
    return FileResponse(
        made.path, media_type="application/zip", filename=f"haccpline-{web.site.id}-{made.id[:8]}.zip"
    )


def _shape(export: Export) -> dict[str, Any]:
    packed = export.packed
    return {
        "id": export.id,
        "state": export.state,
        "trouble": export.trouble,
        "who": export.who,
        "asked": format_time(export.asked),
        "from": None if export.start is None else format_time(export.start),
        "to": None if export.end is None else format_time(export.end),
        "lines": export.lines,
        "records": None if packed is None else packed.records,
        "readings": None if packed is None else packed.readings,
        "segments": None if packed is None else packed.segments,
        "unsealed": None if packed is None else dict(packed.unsealed),
        "size": export.size,
        "sha256": export.sha256,
        "package": f"/api/v1/exports/{export.id}/package" if export.state == "done" else None,
    }
