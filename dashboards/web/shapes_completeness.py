"""The shapes of the API's answers about completeness and gaps."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from dashboards.web.shapes import Time


class HourShape(BaseModel):
    """A series in one hour."""

    series: str = Field(examples=["cold-3/air/CS1.1"])
    hour: Time = Field(description="When it begins.")
    expected: int | None = Field(
        description="Readings expected by the plan, rounded down; of the hour under way, until now."
        " `null` where readings come when they come."
    )
    received: int = Field(description="Readings of this hour by their own time, whenever they came.")
    good: int
    uncertain: int
    bad: int


class CompletenessShape(BaseModel):
    """Hours by series, then time."""

    hours: list[HourShape]
    next: str | None = Field(description="`after` of the next page.")


class InterruptionShape(BaseModel):
    """A span in which nothing could be recorded."""

    from_: Annotated[Time, Field(alias="from")]
    to: Time
    cause: Literal["not recorded", "clock step"]


class GapShape(BaseModel):
    """A span without a usable reading where one was expected."""

    series: str = Field(examples=["cold-3/air/CS1.1"])
    from_: Annotated[Time, Field(alias="from", description="The last usable reading before it.")]
    to: Time | None = Field(description="The first usable reading behind it; `null` while it lasts.")
    seconds: float | None
    cause: str = Field(
        description="What explains most of it: the reason of its bad readings, `silence`, `its counter"
        " stands still`, `not recorded` or `clock step`."
    )
    detail: str = Field(description="Everything that explains it.")
    missed: int | None = Field(description="How many usable readings were expected in it.")


class GapsShape(BaseModel):
    """Gaps by series, then time, and what interrupted the record as a whole."""

    gaps: list[GapShape]
    interruptions: list[InterruptionShape]
    next: str | None = Field(description="`after` of the next page.")
