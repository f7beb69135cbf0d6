"""The shapes of the API's answers. Times are RFC 3339 in UTC, numbers are in the unit of the plan's sensor."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_AT = "2026-12-01T03:24:00Z"
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=[_AT])]


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(examples=["/problems/cannot-be-done-now"])
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None


class Who(BaseModel):
    """Who is signed in."""

    who: str = Field(examples=["ann"])
    name: str = Field(examples=["Ann Li"])
    roles: list[str] = Field(examples=[["qa"]])
    rights: list[str] = Field(examples=[["read", "act", "sign", "export"]])
    csrf: str = Field(description="To be sent as X-CSRF-Token with everything that changes something.")


class AsOf(BaseModel):
    """As of when an answer is; also in the headers `Haccpline-Known-To` and `Haccpline-Current`."""

    known_to: Time | None = Field(
        description="How far the record is known: what has no end goes on until then, behind it nothing is known."
    )
    current: bool = Field(description="Whether that is now: the record process speaks, records and judges.")


class SiteShape(AsOf):
    """The site."""

    id: str = Field(examples=["ZH-FZ"])
    name: dict[str, str]
    timezone: str = Field(examples=["Asia/Shanghai"])
    clock: str = Field(description="`wall`, or `readings` for a recording that is played back.")
    release: str = Field(examples=["0.2.0"])
    lines: list[str]
    records: int = Field(description="In the ledger.")
    warning: dict[str, str] | None = Field(description="Where the site is served without encryption.")


class SeriesShape(BaseModel):
    """A series of readings."""

    series: str = Field(examples=["cold-3/air/CS1.1"])
    sensor: str
    point: str
    unit: str = Field(examples=["degC"])
    name: dict[str, str]
    instrument: dict[str, str] | None = None


class LimitShape(BaseModel):
    """A limit for a unit of product."""

    model_config = ConfigDict(populate_by_name=True)
    ccp: str
    ccp_name: dict[str, str]
    limit: str
    limit_name: dict[str, str]
    unit: str
    class_: str = Field(
        alias="class",
        examples=["critical"],
        description="critical, supporting, operating, instrument, criterion",
    )
    kind: str = Field(examples=["threshold"])
    sensor: str
    bounds: list[dict[str, str]] = Field(
        examples=[[{"word": "at_most", "value": "-15.0 degC"}]],
        description="Of what is judged, which need not be a reading.",
    )
    judged_unit: str = Field(
        examples=["degC"], description="Unit of what is judged, of `worst` and of `integral`."
    )
    per_cycle: bool = Field(description="Whether it is decided once for each cycle or batch of the line.")


class WaitingShape(BaseModel):
    """A plan that was adopted and judges nothing yet."""

    plan: str | None = Field(description="Name of it; null where this release cannot read it.")
    hash: str
    effective_from: Time | None
    waits_for: Literal["its time", "the end of a batch", "the next readings"]


class LineShape(BaseModel):
    """A line and the plan that judges it."""

    id: str
    name: dict[str, str]
    plan: str = Field(description="Name of the plan.")
    hash: str = Field(description="Of the plan; empty before it was adopted.")
    waiting: str = Field(description="Hash of the plan that is to replace it; empty for none.")
    waiting_plan: WaitingShape | None = Field(description="That plan, and what it waits for; null for none.")
    marked: dict[str, str] | None = Field(
        description="A warning that stands on every page of the line, such as demo times."
    )
    series: list[SeriesShape]
    limits: list[LimitShape]


class Lines(AsOf):
    """The lines of the site."""

    lines: list[LineShape]


class Verdicts(AsOf):
    """Spans of verdicts: the bodies of their records, with `line`, `seq`, and `to` and `worst` of the whole span.

    Of a limit decided per cycle, `integral` says what the cycle came to.
    """

    verdicts: list[dict[str, Any]] = Field(
        examples=[
            [
                {
                    "line": "cold-3",
                    "ccp": "CCP1",
                    "limit": "air",
                    "unit": "CS1",
                    "class": "critical",
                    "verdict": "deviation",
                    "from": _AT,
                    "to": None,
                    "worst": "-4.4",
                    "reason": "air not at most -15.0 degC",
                    "seq": 7,
                },
                {
                    "line": "retort-2",
                    "ccp": "CCP1",
                    "limit": "f0",
                    "unit": "retort-2",
                    "class": "supporting",
                    "verdict": "ok",
                    "from": _AT,
                    "to": "2026-12-01T04:31:00Z",
                    "worst": "33.214",
                    "integral": {"low": "33.214", "best": "33.4", "high": "33.901", "unit": "min"},
                    "reason": "",
                    "seq": 12,
                },
            ]
        ]
    )
    next: str | None = Field(None, description="To be sent as `after` for the next page; null on the last.")


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


class ByHandLimit(BaseModel):
    """A limit that a value by hand is for."""

    ccp: str
    limit: str
    unit: str
    verdict: str
    bounds: list[dict[str, str]]


class ByHandLast(BaseModel):
    """The value entered last."""

    value: str = Field(description="As entered, in the plan's unit.", examples=["0.35"])
    measured: Time
    name: str = Field(description="Of the person who entered it.", examples=["Olga Wei"])
    late: bool = Field(description="Whether it was entered late.")


class ByHandDue(BaseModel):
    """A value that people enter, at one place."""

    line: str
    name: str = Field(examples=["indigo"])
    zone: str = Field(description="Empty for the line.")
    label: dict[str, str]
    unit: str = Field(examples=["mg/L"])
    turn: str = Field(description="overdue, due, next (before the next batch), later, done, not now")
    due: Time | None
    instead: list[str] = Field(description="The silent sensors that it stands in for now.")
    limits: list[ByHandLimit]
    last: ByHandLast | None


class ByHandList(AsOf):
    """Values that people enter, what is due first."""

    values: list[ByHandDue]


class ByHandValue(BaseModel):
    """A value that was measured by hand, and who enters it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"value": "0.35", "note": "after the filter"}]})
    who: str = Field("", description="Empty for who is signed in.")
    password: str = Field("", description="Theirs, where `who` is given.")
    role: str | None = Field(None, description="In which of their roles; the first that may if left out.")
    value: str = Field(description="A decimal number in the unit of the value, as text.", max_length=40)
    measured: Time | None = Field(None, description="When it was; left out: just now.")
    zone: str = Field("", description="Where; left out where the value has no zones.", max_length=64)
    note: str = Field("", max_length=1000)


class ByHandEntered(BaseModel):
    """A value was entered durably; the record process takes it into the journal and the ledger."""

    act: str
    line: str
    name: str


class SigningOff(BaseModel):
    """Who says that production ends, or begins."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "lin", "password": "her own"}]})
    who: str = Field("", description="Id of the person; left out where a session says it.")
    password: str = Field("", description="Theirs; the end of production asks for it always.")
    role: str | None = Field(None, description="In which of their roles; the first that may if left out.")


class SignedOff(BaseModel):
    """It was entered durably; the record process takes it into the ledger."""

    act: str
    line: str
    step: str


class SignedShape(BaseModel):
    """What was signed of a line's production."""

    seq: int
    step: Literal["end", "begin"]
    at: str
    who: str
    name: str
    role: str
    holds: bool | None = Field(description="Of an end: whether it holds. null for a begin.")
    void: Literal["hours", "ran", "not shown", "not yet"] | None = Field(
        description="Why it does not: production hours began; the line ran, or its counter moved; the line is silent and"
        " it is not shown that nothing is made; it was signed in hours that still go on."
    )
    since: Time | None = Field(description="Since when it does not; of `not yet` when it will.")


class StartShape(BaseModel):
    """A start of a line, with the lots that were there and what the plan says of what was made."""

    seq: int
    unit: str
    from_: str = Field(alias="from")
    to: str | None = Field(description="null while it lasts")
    product: Literal["divert", "hold"]
    lots: list[str]


class ProductionShape(BaseModel):
    """A line's production: its hours by the plan, what was signed last, its last starts."""

    line: str
    hours: list[str]
    signed: SignedShape | None
    starts: list[StartShape]


class Password(BaseModel):
    """Who signs in."""

    who: str = Field(examples=["ann"])
    password: str


class Records(BaseModel):
    """Records of the ledger, each as it was hashed."""

    records: list[dict[str, Any]]
    next: int = Field(description="To be sent as `after`: for the next page, or for what comes.")


class CheckpointShape(BaseModel):
    """The ledger's root as it was signed last (C2SP signed note)."""

    origin: str
    size: int
    root: str
    note: str


class Readings(BaseModel):
    """Readings of a series by time, one for each time. Columns of one length."""

    series: str
    unit: str
    time: list[Time]
    value: list[float | None] = Field(description="Null where the reading is bad.")
    raw: list[float | None]
    quality: list[str] = Field(examples=[["good"]])
    reason: list[str]
    received: list[Time]
    next: Time | None = Field(description="To be sent as `after` for the next page; null on the last.")


class BucketsShape(BaseModel):
    """A series in buckets of equal width. Columns of one length; null where a bucket has no value."""

    series: str
    unit: str
    width_seconds: float
    start: list[Time]
    count: list[int]
    low: list[float | None]
    high: list[float | None]
    last: list[float | None]


class ExportAsked(BaseModel):
    """The period and lines of a package."""

    model_config = ConfigDict(populate_by_name=True)
    from_: str | None = Field(None, alias="from", examples=["2026-12-01T00:00:00+08:00"])
    to: str | None = Field(None, examples=["2026-12-02T00:00:00+08:00"])
    lines: list[str] | None = None


class ExportShape(BaseModel):
    """A package that was asked for."""

    model_config = ConfigDict(populate_by_name=True)
    id: str
    state: str = Field(examples=["done"], description="waiting, running, done, failed")
    trouble: str = Field(description="Why it failed.")
    who: str
    asked: Time
    from_: Time | None = Field(alias="from")
    to: Time | None
    lines: list[str] | None
    records: int | None
    readings: int | None
    segments: int | None
    unsealed: dict[str, int] | None = Field(description="Readings of the period that are not enclosed.")
    size: int
    sha256: str
    package: str | None = Field(description="Where to fetch it, when it is done.")


class ExportsShape(BaseModel):
    """The packages asked for since the server was started."""

    exports: list[ExportShape]
