"""The API: cases, and the steps that people take."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from dashboards.views.cases import CaseView, EventView
from dashboards.views.look_backs import LookBackView
from dashboards.views.problems import Problem, StepView
from dashboards.web.access import Reader
from dashboards.web.acting import act_on_case
from dashboards.web.conditional import unchanged
from dashboards.web.entering import CsrfToken, Sender
from dashboards.web.errors import NotFound
from dashboards.web.once import OnceKey
from dashboards.web.shapes_cases import CaseHistory, Cases, Entered, ProblemList, Taken
from dashboards.web.state import snapshot_of, web_of
from readings.times import format_time
from rules.cases import TRANSITIONS

router = APIRouter(tags=["cases"])
_MOST = 2**53  # JSON numbers are exact up to here
Action = StrEnum("Action", list(TRANSITIONS))  # type: ignore[misc] # the steps stand in one place


@router.get("/cases", response_model=Cases)
def list_cases(
    request: Request,
    _reader: Reader,
    state: Annotated[Literal["open", "over", "all"], Query(description="`open`: not over yet.")] = "open",
    line: str | None = None,
    after: Annotated[int, Query(ge=0, le=_MOST, description="`next` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Any:
    """Cases in the order in which they were opened."""
    web = web_of(request)
    with web.stores.ledger() as ledger:
        same = unchanged(request, ledger, web.plant.refresh())
    if isinstance(same, Response):
        return same
    found = [
        view
        for view in snapshot_of(web).cases.values()  # read after the ledger was named
        if view.case.opened_seq > after
        and line in (None, view.case.line)
        and (state == "all" or view.case.over == (state == "over"))
    ]
    page = found[:limit]
    following = page[-1].case.opened_seq if len(found) > limit else None
    return same.answer({"cases": [_case(view) for view in page], "next": following})


@router.get("/cases/{case}", response_model=CaseHistory)
def show_case(request: Request, _reader: Reader, case: str) -> Any:
    """A case with everything that happened to it, and what can be done next."""
    web = web_of(request)
    view = snapshot_of(web).cases.get(case)
    if view is None:
        raise NotFound(f"there is no case {case}")
    found = (web.plant.look_back(event.id) for event in view.events)
    return _case(view) | {
        "look_backs": [_look_back(each) for each in found if each is not None],
        "acts": [
            {
                "seq": act.seq,
                "at": format_time(act.at),
                "action": act.action,
                "who": act.who,
                "name": act.name,
                "role": act.role,
                "body": act.body,
            }
            for act in view.acts
        ],
        "notices": [notice | {"at": format_time(notice["at"])} for notice in view.notices],
        "records": view.seqs,
        "steps": [
            {
                "action": name,
                "roles": step.roles,
                "needs": step.needs,
                "may": step.may,
                "signed": step.signed,
            }
            for name, step in TRANSITIONS.items()
            if view.case.stage in step.stages
        ],
    }


@router.get("/problems", response_model=ProblemList)
def list_problems(request: Request, _reader: Reader) -> Any:
    """The problem list: open cases, and those closed in the last seven days; what comes next, by whom, until when."""
    return {"problems": [_problem(each) for each in snapshot_of(web_of(request)).problems]}


@router.post("/cases/{case}/{action}", status_code=202)
def act(  # noqa: PLR0913 - what comes with a request
    request: Request,
    case: str,
    action: Action,
    given: Entered,
    idempotency_key: OnceKey = None,
    csrf: CsrfToken = "",
) -> Taken:
    """Take a step of a case, as who is signed in, or as `who` with their password; a signed step asks for it always."""
    id_ = act_on_case(
        request,
        Sender(given.who, given.password, given.role, csrf, idempotency_key),
        case=case,
        action=action.value,
        entered=dict(given.entered),
    )
    return Taken(act=id_, case=case, action=action.value)


def _case(view: CaseView) -> dict[str, Any]:
    case = view.case
    return {
        "id": case.id,
        "line": case.line,
        "ccp": case.ccp,
        "limit": view.limit,
        "unit": case.unit,
        "group": case.group,
        "kinds": case.kinds,
        "stage": str(case.stage),
        "returned": case.returned,
        "opened": format_time(case.opened),
        "known": format_time(view.opened_at),
        "returned_at": _time(view.returned_at),
        "closed": _time(view.closed_at),
        "lots": case.lots,
        "lots_seen": view.lots_seen,
        "actors": case.actors,
        "acted": format_time(case.acted) if case.acted else None,
        "opened_seq": case.opened_seq,
        "events": [_event(event) for event in view.events],
    }


def _look_back(view: LookBackView) -> dict[str, Any]:
    return {
        "calibration": view.calibration,
        "certificate": view.entered.get("certificate", ""),
        "series": view.series,
        "error": view.error,
        "tolerance": view.entered.get("tolerance", ""),
        "from": format_time(view.start),
        "to": format_time(view.end),
        "limits": [list(key[1:]) for key in view.limits],
        "done": view.done > 0,
        "spans": view.spans,
        "lots": view.lots,
    }


def _event(event: EventView) -> dict[str, Any]:
    return {
        "id": event.id,
        "kind": event.kind,
        "line": event.line,
        "ccp": event.ccp,
        "limit": event.limit,
        "unit": event.unit,
        "from": format_time(event.start),
        "to": _time(event.end),
        "decided": format_time(event.decided),
        "worst": event.worst,
        "lots": event.lots,
        "affected": {
            "from": _time(event.product.start),
            "to": _time(event.product.end),
            "at": event.product.at or None,
            "unknown": event.product.unknown or None,
        },
        "plan": event.plan,
        "withdrawn": event.withdrawn,
        "revised": event.revised,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "case": problem.view.id,
        "line": problem.view.case.line,
        "ccp": problem.view.case.ccp,
        "limits": list(dict.fromkeys(event.limit for event in problem.view.events)),
        "unit": problem.view.case.unit,
        "since": format_time(problem.view.case.opened),
        "kinds": problem.view.case.kinds,
        "stage": str(problem.view.case.stage),
        "returned": problem.view.case.returned,
        "next": problem.next,
        "roles": problem.roles,
        "due": _time(problem.due),
        "steps": [_step(each) for each in problem.steps],
    }


def _step(each: StepView) -> dict[str, Any]:
    return {
        "step": each.step.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "due": _time(each.due),
    }


def _time(ns: int | None) -> str | None:
    return None if ns is None else format_time(ns)
