"""The API: events that other systems handed in with evidence: where it lies, and its hash."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from dashboards.views.evidence import evidence_between
from dashboards.web.access import Reader
from dashboards.web.asked import Asked
from dashboards.web.shapes_evidence import EvidenceList
from dashboards.web.state import web_of
from readings.times import format_time

router = APIRouter(tags=["evidence"])


@router.get("/evidence", response_model=EvidenceList)
def list_evidence(request: Request, _reader: Reader, asked: Asked) -> Any:
    """Events of a period with evidence, by time: a camera's snapshot alarm, a rat guard. The evidence is never fetched."""
    with web_of(request).stores.ledger() as ledger:
        found = evidence_between(ledger, asked.start, asked.end, line=asked.line, sensor=asked.sensor)
    return {
        "evidence": [
            {
                "record": each.seq,
                "line": line,
                "sensor": each.sensor,
                "at": format_time(each.at),
                "value": each.value,
                "url": each.url,
                "sha256": each.sha256,
                "note": each.note,
                "source": each.source,
            }
            for line, each in asked.page(found)
        ],
        "next": asked.next(found),
    }
