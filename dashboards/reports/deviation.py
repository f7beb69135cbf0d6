"""The deviation report as data: `deviation-report.v1`. What is not known is null; nothing here is made up."""

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

SCHEMA = "deviation-report.v1"


class Worst(Fact):
    """The worst value of an event; for an open one, so far."""

    value: str
    unit: str
    at: Time | None = Field(description="of the first reading that had it")
    series: str | None


class Affected(Fact):
    """From the last good reading to the first good one: what was made in between is concerned.

    Of a limit that is decided once for each cycle or batch, the cycle is concerned: no reading before it was good or bad.
    """

    last_good: Time | None = Field(description="last reading that showed the limit to hold, before")
    first_beyond: Time = Field(description="where the event begins")
    last_beyond: Time | None = Field(description="last reading before it was good again")
    first_good: Time | None = Field(
        description="first reading that showed it to hold again; null while it lasts"
    )
    shortest_seconds: str | None = Field(description="from first to last beyond")
    longest_seconds: str | None = Field(
        description="from last good to first good; null where either is not known"
    )
    counted_from: Time | None = Field(
        description="the earliest that it came to where lots are counted; null while it is on its way"
    )
    counted_to: Time | None = Field(description="the latest that it did; null while more may come")
    counted_at: str | None = Field(description="where lots are counted; null at the control point itself")
    flow_unknown: str | None = Field(description="for how long the flow was not known: the greatest span")


class Evidence(Fact):
    """What a decision rests on."""

    record: int = Field(description="of the ledger")
    verdict: str
    decided: Time
    reason: str
    method: str
    plan: str = Field(description="hash of the plan")
    readings: int
    position: int = Field(description="of the journal, up to which readings were known")
    start: Time
    end: Time
    digest: str = Field(description="SHA-256 of the readings, see the data dictionary")


class EventFact(Fact):
    """A deviation, a monitoring loss or an instrument fault."""

    id: str
    kind: str
    ccp: str
    limit: str
    unit: str = Field(description="of product: a zone or the line")
    looked_back_on: list[str] = Field(
        description="of a failed calibration: every limit decided again, as CCP/limit"
    )
    start: Time
    end: Time | None = Field(description="null while it lasts")
    seconds: str | None
    decided: Time
    revised: int
    withdrawn: bool = Field(description="late truth took it away")
    worst: Worst | None
    came_to: CameToFact | None = Field(description="of a limit that is decided for each cycle or batch")
    lots: list[str] = Field(description="that were there; a batch by its name")
    affected: Affected
    evidence: list[Evidence]


class LotFact(Fact):
    """A lot held, and what becomes of it."""

    lot: str
    disposition: str | None
    evaluation: str | None
    name: str | None = Field(description="who decided")
    role: str | None
    at: Time | None


class Quantities(Fact):
    """Of the product concerned, as entered."""

    made: str | None
    held: str | None
    shipped: str | None


class Answers(Fact):
    """What people entered about the case."""

    correction: str | None = Field(description="what was done to the product at once")
    cause: str | None
    control: str | None = Field(description="how it was brought under control again")
    recurrence: str | None = Field(description="corrective action: what keeps it from coming back")
    product: str | None = Field(description="how no unsafe product goes out")
    verification: str | None
    separation: str | None = Field(description="`next day` where one person acted and verified")
    void: str | None = Field(description="why the case was voided")


class Done(Fact):
    """Something done with the case."""

    record: int
    at: Time
    action: str
    name: str
    role: str
    entered: dict[str, str | list[str]]


class Signature(Fact):
    """A signature in the ledger: a password was given for it."""

    record: int
    name: str
    role: str
    meaning: str
    at: Time
    sha256: str


class Review(Fact):
    """An opinion of an authority, as somebody recorded it."""

    by: str
    text: str
    at: Time
    recorded_by: str


class Told(Fact):
    """A notice that was sent."""

    at: Time
    to: str
    channel: str
    delivered: bool


class HandedIn(Fact):
    """What another system handed in with evidence, such as a camera's snapshot: where it lies, and its hash."""

    record: int
    at: Time
    sensor: str
    value: str
    note: str
    url: str = Field(description="where the evidence lies; it is never fetched")
    sha256: str = Field(description="of its bytes")
    source: str


class PlanStep(Fact):
    """What the plan asks for when it happens."""

    do: str
    by: str | None
    within: str | None


class DeviationReport(Fact):
    """Everything the record knows about a case. Whether it goes to an authority is a person's decision."""

    model_config = ConfigDict(extra="forbid", frozen=True, title=SCHEMA)

    schema_: Literal["deviation-report.v1"] = Field("deviation-report.v1", alias="schema")
    id: str = Field(description="of this report: it names the last ledger record that it knows of")
    status: Literal["draft", "final", "void"] = Field(description="draft while the case is open")
    as_of: Time = Field(description="when the last record about the case became known")
    site: str
    site_name: Named
    timezone: str
    marked: Named | None = Field(description="warning of the plan, such as demo times")
    firm: Firm
    case: str
    stage: str
    line: str
    line_name: Named
    unit: str
    control_point: str
    control_point_name: Named | None
    step: str | None
    hazards: list[dict[str, str]]
    products: list[Named]
    lots_seen: list[str] = Field(description="lots that were there, by the record")
    lots: list[LotFact] | None = Field(description="lots held; null before containment")
    quantities: Quantities
    limits: list[LimitFact]
    events: list[EventFact]
    instruments: list[InstrumentFact]
    handed_in: list[HandedIn] = Field(
        description="from 15 min before the first event to the end of the last, until the case was closed"
    )
    answers: Answers
    plan_steps: list[PlanStep]
    done: list[Done]
    notices: list[Told]
    signatures: list[Signature]
    reviews: list[Review]
    records: list[int] = Field(description="every ledger record about the case")
    checkpoint: CheckpointFact | None = Field(description="null until the records are under a signed root")
    missing: list[str] = Field(description="what nobody has entered, by the name of its field")


def deviation_schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of a deviation report."""
    schema = DeviationReport.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
