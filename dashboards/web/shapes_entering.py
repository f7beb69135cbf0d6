"""The shapes of the API's answers about values by hand and the end of production."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboards.web.shapes import AsOf, Time


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
