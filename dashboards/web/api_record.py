"""The API: the site, its health, its lines, what was decided, and the records themselves."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from dashboards.views.lines import LineView, WaitingPlan
from dashboards.views.silent_ends import silent_ends
from dashboards.views.standing import Doubt
from dashboards.views.watch import watches
from dashboards.web.access import Anyone, Reader
from dashboards.web.conditional import unchanged
from dashboards.web.cursor import cursor_of, read_cursor
from dashboards.web.errors import NotFound
from dashboards.web.problems import problem
from dashboards.web.rights import Right
from dashboards.web.shapes import CheckpointShape, Lines, Records, SiteShape, Time, Verdicts
from dashboards.web.state import Web, snapshot_of, standing_headers, standing_of, web_of
from dashboards.web.timelines import Asked, span_body
from ledger.checkpoint import Checkpoint
from readings.inputs import Series
from readings.times import NEVER, SECOND, format_time, parse_time

router = APIRouter()
DOUBTS = {
    Doubt.UNREADABLE: "a store cannot be read",
    Doubt.UNRECORDED: "there is no record of this site yet",
    Doubt.NEVER: "the record process has never spoken",
    Doubt.GARBLED: "what the record process says of itself cannot be understood",
    Doubt.SILENT: "the record process is silent",
    Doubt.NO_JOURNAL: "there is no journal: nothing is recorded",
    Doubt.NO_READING: "the sources have not given a reading yet, and time is what readings say",
    Doubt.CLOCK: "the machine's clock was set back; nothing is judged until it has caught up",
    Doubt.STUCK: "nothing is recorded",
    Doubt.UNHEARD: "what is recorded is not judged",
}
_MOST = 2**53  # JSON numbers are exact up to here
_WHEN = Query(description="RFC 3339, with its offset.")


@router.get("/health", tags=["site"])
def health(request: Request, asks: Anyone) -> Response:
    """What the record process last said of itself; 503 if not all is well.

    That is so, too, when it has not spoken for ten seconds, when nothing is recorded, or nothing is judged. Who may not
    read hears `well` alone.
    """
    snapshot = web_of(request).plant.refresh()
    said, reads = snapshot.health.said, Right.READ in asks.rights
    if not said:
        return problem("not-well", "the record process has not spoken yet, or cannot be understood")
    silent = any(silent_ends(each) for each in said["sources"])
    lying = sum(said.get("quarantine", {}).values())
    full = snapshot.health.disk_full
    well = snapshot.current and not (said["trouble"] or said["books"]["balance"] or silent or lying or full)
    told: dict[str, Any] = {"well": well, "age_seconds": round(snapshot.health.age / SECOND, 1)}
    if reads:
        sources = [_source(each) for each in said["sources"]]
        told = said | {"sources": sources} | told | standing_of(snapshot)
    if well:
        return Response(json.dumps(told, ensure_ascii=False), media_type="application/json")
    doubt = snapshot.standing.doubt
    detail = DOUBTS[doubt] if doubt is not None and reads else "something is not well"
    if full and reads:
        detail = "the disk is full: nothing can be recorded until there is room"
    return problem("not-well", detail, **told)


def _source(said: dict[str, Any]) -> dict[str, Any]:
    """What health says of a source, its times as RFC 3339."""
    units = [
        unit | {name: _time(unit.get(name)) for name in ("until", "since", "counter_since")}
        for unit in said.get("units", ())
    ]
    nodes = [
        _heard(node) | {"devices": [_heard(each) for each in node["devices"]]}
        for node in said.get("nodes", ())
    ]
    return said | {"last_good": _time(said["last_good"]), "units": units, "nodes": nodes}


def _heard(said: dict[str, Any]) -> dict[str, Any]:
    return said | {name: _time(said[name]) for name in ("last_heard", "since")}


@router.get("/site", tags=["site"], response_model=SiteShape)
def show_site(request: Request, response: Response, _reader: Reader) -> Any:
    """The site, and how far its record has come."""
    web = web_of(request)
    snapshot = snapshot_of(web)
    response.headers.update(standing_headers(snapshot))
    with web.stores.ledger() as ledger:
        records = ledger.last_seq()
    return {
        "id": web.site.id,
        "name": web.site.name,
        "timezone": web.site.timezone,
        "clock": web.site.clock,
        "release": version("haccpline"),
        "lines": [line.id for line in snapshot.lines],
        "records": records,
        "warning": web.settings.banner,
        **standing_of(snapshot),
    }


@router.get("/lines", tags=["site"], response_model=Lines)
def list_lines(request: Request, response: Response, _reader: Reader) -> Any:
    """The lines with their plans, series and limits."""
    web = web_of(request)
    snapshot = snapshot_of(web)
    response.headers.update(standing_headers(snapshot))
    return {"lines": [_line(web, line, snapshot.at) for line in snapshot.lines], **standing_of(snapshot)}


@router.get("/verdicts", tags=["decisions"], response_model=Verdicts)
def list_verdicts(  # noqa: PLR0913 - what can be asked for
    request: Request,
    _reader: Reader,
    line: str | None = None,
    ccp: str | None = None,
    start: Annotated[Time | None, Query(alias="from", description="Spans that reach behind this.")] = None,
    end: Annotated[Time | None, Query(alias="to", description="Spans that begin before this.")] = None,
    known: Annotated[Time | None, Query(description="As it was known then; late truth left out.")] = None,
    after: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> Any:
    """The present span of every timeline; with `from` or `to`, all spans of that time.

    A span without an end goes on until `known_to`; behind that nothing is known.
    """
    web = web_of(request)
    first = None if start is None else parse_time(start)
    if start is None and end is not None:
        first = 0
    asked = Asked(
        line,
        ccp,
        first,
        NEVER if end is None else parse_time(end),
        None if known is None else parse_time(known),
    )
    skipped, snapshot = read_cursor(after), web.plant.refresh()
    with web.stores.ledger() as ledger:
        same = unchanged(request, ledger, snapshot)
        if isinstance(same, Response):
            return same
        found = [
            (key, span)
            for key, span in web.timelines.spans(ledger, asked)
            if (*key, format_time(span.start)) > skipped or not skipped
        ]
        page = found[:limit]
        following = (*page[-1][0], format_time(page[-1][1].start)) if len(found) > limit else None
        spans = [span_body(ledger, *each) for each in page]
        return same.answer({"verdicts": spans, "next": cursor_of(following), **standing_of(snapshot)})


@router.get("/records", tags=["record"], response_model=Records)
def list_records(
    request: Request,
    _reader: Reader,
    after: Annotated[int, Query(ge=0, le=_MOST, description="`next` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    kind: Annotated[
        str | None, Query(description="`verdict`, `case.closed`; `case.` for all of a family.")
    ] = None,
    line: Annotated[str | None, Query(description="Of this line; empty for the site's own.")] = None,
) -> Any:
    """Records of the ledger behind `after`, in order, each as it was hashed."""
    with web_of(request).stores.ledger() as ledger:
        same = unchanged(request, ledger)
        if isinstance(same, Response):
            return same
        page = ledger.read(after, limit, kind=kind, line=line)
        return same.answer(
            {
                "records": [json.loads(record.text) for record in page],
                "next": page[-1].seq if page else after,
            }
        )


@router.get("/records/{seq}", tags=["record"], response_model=dict[str, Any])
def show_record(request: Request, _reader: Reader, seq: int) -> Any:
    """One record, as it was hashed."""
    with web_of(request).stores.ledger() as ledger:
        if not 1 <= seq <= ledger.last_seq():
            raise NotFound(f"there is no record {seq}; the last is {ledger.last_seq()}")
        return Response(ledger.record(seq).text, media_type="application/json")


@router.get("/checkpoint", tags=["record"], response_model=CheckpointShape)
def show_checkpoint(request: Request, _reader: Reader) -> Any:
    """The ledger's root as it was signed last: keep it somewhere else, and nobody can write another history."""
    with web_of(request).stores.ledger() as ledger:
        note = ledger.last_checkpoint()
    if note is None:
        raise NotFound("nothing is signed yet")
    signed = Checkpoint.of(note.rpartition("\n\n")[0] + "\n")
    return {"origin": signed.origin, "size": signed.size, "root": signed.root.hex(), "note": note}


def _waiting(waiting: WaitingPlan | None, now: int) -> dict[str, Any] | None:
    if waiting is None:
        return None
    plan, waits = waiting.plan, "its time"
    if waiting.due(now):
        waits = "the end of a batch" if waiting.between_batches else "the next readings"
    return {
        "plan": plan.plan if plan is not None else None,
        "hash": waiting.hash,
        "effective_from": format_time(plan.effective_from) if plan is not None else None,
        "waits_for": waits,
    }


def _line(web: Web, view: LineView, now: int) -> dict[str, Any]:
    line, plan = view.id, view.plan
    return {
        "id": line,
        "name": plan.name,
        "plan": plan.plan,
        "hash": web.plant.in_force(line),
        "waiting": view.waiting.hash if view.waiting is not None else "",
        "waiting_plan": _waiting(view.waiting, now),
        "marked": plan.marked,
        "series": [
            {
                "series": f"{series.line}/{series.sensor}/{series.point}",
                "sensor": name,
                "point": series.point,
                "unit": sensor.unit.name,
                "name": sensor.name or {},
                "instrument": web.site.instruments.get(f"{series.line}/{series.sensor}/{series.point}"),
            }
            for name, sensor in plan.sensors.items()
            for points in sensor.point_names().values()
            for series in (Series(line, name, point) for point in points)
        ],
        "limits": [
            {
                "ccp": watch.ccp,
                "ccp_name": watch.ccp_name,
                "limit": watch.limit,
                "limit_name": watch.limit_name,
                "unit": watch.unit,
                "class": watch.rank,
                "kind": watch.model.kind,
                "sensor": watch.model.of,
                "bounds": [{"word": bound.word, "value": bound.written} for bound in watch.bounds],
                "judged_unit": watch.judged_in.name,
                "per_cycle": watch.model.cycle is not None,
            }
            for watch in watches(plan)
        ],
    }


def _time(ns: int | None) -> str | None:
    return None if ns is None else format_time(ns)
