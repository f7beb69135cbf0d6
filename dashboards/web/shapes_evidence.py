"""The shapes of the API's answers about evidence that other systems handed in."""

from __future__ import annotations

from pydantic import BaseModel, Field

from dashboards.web.shapes import Time


class EvidenceShape(BaseModel):
    """An event with evidence."""

    record: int = Field(description="Number of the ledger record.")
    line: str
    sensor: str = Field(description="With its point where it has several.")
    at: Time = Field(description="When it happened.")
    value: str = Field(description="As it came.")
    url: str = Field(description="Where the evidence lies: the other system keeps it; it is never fetched.")
    sha256: str = Field(description="Of its bytes: whoever is shown it can tell whether it is the same.")
    note: str
    source: str = Field(description="Of the site file, that handed it in.")


class EvidenceList(BaseModel):
    """Events with evidence, by time."""

    evidence: list[EvidenceShape]
    next: str | None = Field(description="`after` of the next page.")
