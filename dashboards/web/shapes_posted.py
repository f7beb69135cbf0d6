"""Shapes of what programs hand in, as the API describes them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class EvidenceShape(BaseModel):
    """Where the evidence of a reading lies."""

    url: str = Field(description="Never fetched by this program.")
    sha256: str = Field(description="Of its bytes: 64 hexadecimal digits.")
    note: str = ""


class PostedReading(BaseModel):
    """A reading, a coded text, or an event with its evidence."""

    name: str = Field(description="As the site file names it.")
    value: float | bool | str | None = Field(description="null: there is none.")
    time: str | int | None = Field(None, description="RFC 3339, or a number that counts since 1970.")
    tags: dict[str, str] = {}
    sequence: int | None = Field(None, description="The sender's own counter.")
    quality: Literal["good", "uncertain", "bad"] | None = None
    reason: str = ""
    backfill: bool = Field(False, description="The sender kept it and sends it late.")
    evidence: EvidenceShape | None = None


class PostedReadings(BaseModel):
    """What a program hands in."""

    readings: list[PostedReading]


class Fault(BaseModel):
    """A part that cannot be read."""

    at: str
    what: str


class HandedIn(BaseModel):
    """What became of it; all of it is durable."""

    readings: int
    states: int
    evidence: int
    set_aside: int = Field(description="Values that cannot be read; they lie in quarantine.")
    ignored: int = Field(description="Values that the site file leaves out.")
    errors: list[Fault] = Field(description="The first 100 that were set aside.")
