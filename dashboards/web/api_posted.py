"""The API: programs hand in readings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from dashboards.web.access import IngestKey
from dashboards.web.once import OnceKey
from dashboards.web.posting import FaultyPost, body_of, form_of, hand_in
from dashboards.web.problems import problem
from dashboards.web.shapes_posted import HandedIn, PostedReadings
from dashboards.web.state import web_of
from readings.posted import Post

router = APIRouter(tags=["ingest"])
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": PostedReadings.model_json_schema()},
            "text/plain": {"schema": {"type": "string", "description": "InfluxDB's line protocol."}},
        },
    }
}


@router.post("/readings", status_code=202, response_model=HandedIn, openapi_extra=_BODY)
def hand_in_readings(  # noqa: PLR0913 - what a post says
    request: Request,
    key: IngestKey,
    body: Annotated[bytes, Depends(body_of)],
    once: OnceKey = None,
    partial: Annotated[
        bool, Query(description="Take what can be read, set the rest aside; else all or nothing.")
    ] = False,
    precision: Annotated[
        Literal["ns", "us", "ms", "s"], Query(description="What a number counts that says a time.")
    ] = "ns",
) -> Any:
    """Hand in readings, states and evidence, as JSON or in line protocol. Answered when they are durable."""
    web = web_of(request)
    post = Post(body, form_of(request), web.now(), precision)
    try:
        answer = hand_in(web, key, post, partial=partial, once=once)
    except FaultyPost as fault:
        return _refused(fault)
    return Response(answer, 202, media_type="application/json")


def _refused(fault: FaultyPost) -> JSONResponse:
    return problem(fault.slug, str(fault), errors=fault.errors)
