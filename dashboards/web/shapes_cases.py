"""The shapes of the API's answers about cases, their events and the steps that people take."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from dashboards.web.shapes import Time


class AffectedProduct(BaseModel):
    """What an event affects: from the last good to the first good reading, where its lots are counted."""

    model_config = ConfigDict(populate_by_name=True)
    from_: Time | None = Field(alias="from", description="null while it is still on its way there")
    to: Time | None = Field(description="null while more may come")
    at: str | None = Field(description="where lots are counted; null at the control point itself")
    unknown: str | None = Field(description="the flow was not known for so long: the greatest span")


class Event(BaseModel):
    """A deviation, a monitoring loss or an instrument fault."""

    model_config = ConfigDict(populate_by_name=True)
    id: str
    kind: str = Field(examples=["deviation"])
    line: str
    ccp: str
    limit: str
    unit: str
    from_: Time = Field(alias="from")
    to: Time | None
    decided: Time
    worst: float | None
    lots: list[str]
    affected: AffectedProduct
    plan: str
    withdrawn: bool
    revised: int


class Step(BaseModel):
    """A step that can be taken now."""

    action: str = Field(examples=["acknowledge"])
    roles: list[str]
    needs: list[str]
    may: list[str]
    signed: bool


class CaseShape(BaseModel):
    """A case."""

    id: str = Field(examples=["48d3a34f03222fcd"])
    line: str
    ccp: str
    limit: str
    unit: str
    group: str
    kinds: list[str] = Field(examples=[["deviation"]])
    stage: str = Field(examples=["open"])
    returned: bool = Field(description="Whether the condition is normal again.")
    opened: Time = Field(description="Event time of what it is about.")
    known: Time = Field(description="When the case was opened.")
    returned_at: Time | None
    closed: Time | None
    lots: dict[str, str] = Field(description="Lots held, with their disposition.")
    lots_seen: list[str] = Field(description="Lots that were there.")
    actors: list[str]
    acted: Time | None
    opened_seq: int
    events: list[Event]


class Cases(BaseModel):
    """Cases in the order in which they were opened."""

    cases: list[CaseShape]
    next: int | None = Field(None, description="To be sent as `after` for the next page; null on the last.")


class Done(BaseModel):
    """What somebody did, as recorded."""

    seq: int
    at: Time
    action: str
    who: str
    name: str
    role: str
    body: dict[str, Any]


class LookBackShape(BaseModel):
    """A look-back on a calibration that failed."""

    model_config = ConfigDict(populate_by_name=True)
    calibration: str
    certificate: str
    series: str = Field(examples=["cold-3/air/CS1.1"])
    error: str = Field(description="What it showed less the reference.", examples=["-0.8 K"])
    tolerance: str
    from_: Time = Field(alias="from", description="When it last passed, or the line was first judged.")
    to: Time
    limits: list[list[str]] = Field(description="CCP, limit and unit of every limit that rests on it.")
    done: bool = Field(description="Whether everything was decided again.")
    spans: int = Field(description="How many can be shown no more.")
    lots: list[str]


class CaseHistory(CaseShape):
    """A case with everything that happened to it."""

    look_backs: list[LookBackShape] = Field(description="That it was opened by.")

    acts: list[Done]
    notices: list[dict[str, Any]]
    records: list[int] = Field(description="`seq` of every record about it.")
    steps: list[Step] = Field(description="What can be done next.")


class ProblemRow(BaseModel):
    """A case on the problem list."""

    case: str
    line: str
    ccp: str
    limits: list[str] = Field(description="That its events are about, in the order in which they joined.")
    unit: str
    since: Time = Field(description="Event time of what it is about.")
    kinds: list[str]
    stage: str
    returned: bool
    next: str = Field(description="The step that comes next; empty once it is over.", examples=["contain"])
    roles: list[str] = Field(description="Who may take it.")
    due: Time | None
    steps: list[dict[str, Any]] = Field(description="What the plan says is to be done, and until when.")


class ProblemList(BaseModel):
    """The problem list."""

    problems: list[ProblemRow]


class Entered(BaseModel):
    """A step of a case: the texts that it needs, and who takes it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "who": "ann",
                    "password": "her own",
                    "entered": {"lots": ["L1"], "correction": "moved to CS2"},
                },
                {"entered": {}},
            ]
        }
    )
    who: str = Field("", description="Id of the person; left out where a session says it.")
    password: str = Field("", description="Theirs; with a session only signed steps ask for it.")
    role: str | None = Field(None, description="In which of their roles; the first that may if left out.")
    entered: dict[str, str | list[str]] = {}


class Taken(BaseModel):
    """A step was entered durably; the record process takes it into the ledger."""

    act: str
    case: str
    action: str
