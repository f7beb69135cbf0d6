"""The API: what is known of a site, and the entering of what people did. Errors are RFC 9457 problems."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from ingest.inbox import Inbox
from ledger.entering import EnteringError, enter_action
from ledger.errors import LedgerError, SignInRefused, StoreError
from ledger.open_cases import open_cases
from ledger.people import People
from ledger.store import Ledger
from ledger.timelines import effective
from readings.errors import HaccplineError


class Entered(BaseModel):
    """What a person enters: who they are, their password, and the texts that the action needs."""

    who: str
    password: str
    role: str | None = None
    entered: dict[str, str | list[str]] = {}


def make_api(folder: Path, site: str) -> FastAPI:  # noqa: C901, PLR0915 - the routes stand together
    """The API over a site's data folder.

    Args:
        folder: written by the record process; not there yet is answered with 503.
        site: the site's id.
    """
    api = FastAPI(title="haccpline", version="1", description=f"The record of {site}.", docs_url="/api/docs")

    @api.exception_handler(HaccplineError)
    def say(_request: Request, error: HaccplineError) -> JSONResponse:
        status = 503
        if isinstance(error, SignInRefused):
            status = 401
        elif isinstance(error, EnteringError):
            status = 409
        elif isinstance(error, LedgerError) and not isinstance(error, StoreError):
            status = 400
        return problem(status, str(error))

    @api.exception_handler(RequestValidationError)
    def say_what_is_wrong(_request: Request, error: RequestValidationError) -> JSONResponse:
        said = "; ".join(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors())
        return problem(422, said)

    def ledger() -> Ledger:
        return Ledger(folder / "ledger.db", read_only=True)

    @api.get("/api/v1/health")
    def health() -> JSONResponse:
        """What the record process last said of itself; 503 if that was more than ten seconds ago or not all is well."""
        path = folder / "health.json"
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            age = time.time() - path.stat().st_mtime
        except (OSError, ValueError):
            return problem(503, "the record process has not spoken yet")
        silent = [each["name"] for each in said["sources"] if not each["connected"]]
        well = age < 10 and not said["trouble"] and not said["books"]["balance"] and not silent
        return JSONResponse(said | {"age_seconds": round(age, 1), "well": well}, 200 if well else 503)

    @api.get("/api/v1/verdicts")
    def verdicts(line: str | None = None, ccp: str | None = None) -> list[dict[str, Any]]:
        """The present span of every timeline."""
        store = ledger()
        try:
            found = effective((record.line, record.content) for record in _all(store, "verdict"))
        finally:
            store.close()
        spans = [{"line": key[0], **spans[-1]} for key, spans in sorted(found.items()) if spans]
        return [each for each in spans if line in (None, each["line"]) and ccp in (None, each["ccp"])]

    @api.get("/api/v1/records")
    def records(
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        kind: str | None = None,
    ) -> dict[str, Any]:
        """Records of the ledger behind `after`, in order; `next` is the cursor of the next page."""
        store = ledger()
        try:
            page = store.read(after, limit, kind=kind)
        finally:
            store.close()
        return {
            "records": [json.loads(record.text) for record in page],
            "next": page[-1].seq if page else after,
        }

    @api.get("/api/v1/cases")
    def cases() -> list[dict[str, Any]]:
        """The cases that are not over."""
        store = ledger()
        try:
            found = open_cases(store)
        finally:
            store.close()
        return [msgspec.to_builtins(case) | {"returned": case.returned} for case in found.values()]

    @api.post("/api/v1/cases/{case}/{action}", status_code=202)
    def act(case: str, action: str, given: Entered) -> dict[str, str]:
        """Act on a case; a signed action asks for the password, and so does every other."""
        store, people, inbox = ledger(), People(folder / "people.db"), Inbox(folder / "inbox.db")
        try:
            entered = enter_action(
                store,
                people,
                action=action,
                case=case,
                who=given.who,
                password=given.password,
                role=given.role,
                entered=dict(given.entered),
                now=time.time_ns(),
            )
            return {"act": inbox.put(entered)}
        finally:
            store.close()
            people.close()
            inbox.close()

    return api


def problem(status: int, detail: str) -> JSONResponse:
    """A problem as RFC 9457 has it."""
    return JSONResponse(
        {"type": "about:blank", "status": status, "detail": detail},
        status,
        media_type="application/problem+json",
    )


def _all(ledger: Ledger, kind: str) -> Any:
    after = 0
    while page := ledger.read(after, kind=kind):
        yield from page
        after = page[-1].seq
