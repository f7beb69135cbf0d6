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
