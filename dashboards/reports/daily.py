"""The daily record as data: `daily-record.v1`. One line, one day of the site; every second of it is accounted for."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from dashboards.reports.facts import (
    CameToFact,
    CheckpointFact,
    Fact,
    Firm,
    InstrumentFact,
    LimitFact,
    Named,
    Time,
)

SCHEMA = "daily-record.v1"
JUDGED = ("ok", "operating", "deviation")
VERDICTS = (*JUDGED, "indeterminate", "suspended", "starting", "not_recorded", "undecided", "to_come")


class Extreme(Fact):
    """The lowest or highest reading of the day while the limit was judged."""

    value: str
    at: Time
    series: str


class CycleDay(Fact):
    """A cycle or batch that reaches into the day, of a limit that is decided once for each."""

    start: Time
    end: Time | None = Field(description="null while it goes on")
    verdict: str = Field(description="starting while it is under way and nothing is decided")
    came_to: CameToFact | None
    reason: str


class LimitDay(Fact):
    """A limit for one unit of product on that day."""

    limit: LimitFact
    unit: str = Field(description="of product: a zone or the line")
    seconds: dict[str, str] = Field(description="in each verdict; their sum is the length of the day")
    lowest: Extreme | None
    highest: Extreme | None
    worse: Literal["lowest", "highest"] | None = Field(
        description="which of the two is nearer to or beyond the limit"
    )
    cycles: list[CycleDay] = Field(description="of a limit that is decided once for each cycle or batch")
    readings: int = Field(description="of its series, on that day")
    unusable: int = Field(description="of these, no evidence by the plan")


class UnrecordedDay(Fact):
    """A span of the day in which nothing of the line was recorded."""

    start: Time
    end: Time
    seconds: str


class GapDay(Fact):
    """A span of the day in which it could not be shown that a limit held."""

    ccp: str
    limit: str
    unit: str
    start: Time
    end: Time | None = Field(description="null while it lasts")
    seconds: str = Field(description="of it on that day")
    reason: str


class EventDay(Fact):
    """A deviation, a monitoring loss or an instrument fault that reaches into the day."""

    id: str
    kind: str
    ccp: str
    limit: str
    unit: str
    start: Time
    end: Time | None
    worst: str | None = Field(description="in the unit of the limit")
    lots: list[str]
    case: str | None


class CaseDay(Fact):
    """A case that was open at some time of the day."""

    id: str
    ccp: str
    unit: str
    kinds: list[str]
    opened: Time
    closed: Time | None
    stage: str = Field(description="as of now, or as of the end of the day where nothing came after")
    done: list[str] = Field(description="what was done on that day, in order")


class SignedDay(Fact):
    """Somebody signed the end of production on that day, or said that it begins."""

    at: Time
    step: Literal["end", "begin"]
    who: str
    name: str
    role: str


class StartDay(Fact):
    """A start of the line that reaches into the day: what was made while it settled."""

    unit: str
    start: Time
    end: Time | None = Field(description="null while it lasts")
    product: Literal["divert", "hold"] = Field(description="what the plan says of it")
    lots: list[str]


class NoticeDay(Fact):
    """A notice sent on that day."""

    at: Time
    case: str | None = Field(description="null for a silence that became no case")
    to: str
    channel: str
    delivered: bool


class DailyRecord(Fact):
    """What the record says of one line on one day."""

    model_config = ConfigDict(extra="forbid", frozen=True, title=SCHEMA)

    schema_: Literal["daily-record.v1"] = Field("daily-record.v1", alias="schema")
    id: str
    site: str
    site_name: Named
    timezone: str
    day: str = Field(description="local calendar day, YYYY-MM-DD")
    start: Time
    end: Time = Field(description="not included")
    as_of: Time = Field(description="how far it was decided; the end of the day where all of it is")
    complete: bool = Field(description="whether the day is over and all of it was decided")
    marked: Named | None
    firm: Firm
    line: str
    line_name: Named
    plans: list[str] = Field(description="hashes of the plans that judged")
    limits: list[LimitDay]
    unrecorded: list[UnrecordedDay] = Field(description="spans of the day without one reading of the line")
    gaps: list[GapDay]
    events: list[EventDay]
    cases: list[CaseDay]
    signed: list[SignedDay] = Field(description="of the end and the begin of production")
    starts: list[StartDay]
    notices: list[NoticeDay]
    instruments: list[InstrumentFact]
    findings: list[str] = Field(
        description="codes of what is not in order; empty means that nothing was found"
    )
    records: list[int]
    checkpoint: CheckpointFact | None


def daily_schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of a daily record."""
    schema = DailyRecord.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
