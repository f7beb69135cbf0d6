"""The sheets of the workbook: their columns, each with what it means. The first sheet prints this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["text", "number", "whole", "time"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name and meaning (message ids), its width in characters, what stands in it."""

    name: str
    meaning: str
    width: float
    form: Form = "text"


_LINE = Column("line", "product line, by its id in the plan", 14)
_SITE_TIME = Column("time, site", "in the time zone of the site", 20, "time")
_UTC = Column("time, UTC", "the same moment in UTC", 20, "time")
_CASE = Column("case", "id of the case", 19)

HOURLY = (
    _LINE,
    Column("sensor", "as the plan calls it", 16),
    Column("point", "of the sensor", 10),
    Column("measures", "what the sensor measures", 20),
    Column("unit", "of the values", 9),
    _SITE_TIME,
    _UTC,
    Column("readings", "with a value, in the hour that begins at this time", 10, "whole"),
    Column("lowest", "value of the hour", 11, "number"),
    Column("highest", "value of the hour", 11, "number"),
    Column("last", "value of the hour", 11, "number"),
)
RAW = (
    _LINE,
    Column("sensor", "as the plan calls it", 16),
    Column("point", "of the sensor", 10),
    Column("measures", "what the sensor measures", 20),
    Column("unit", "of the values", 9),
    _SITE_TIME,
    _UTC,
    Column("value", "in the plan's unit; empty where the reading is bad", 11, "number"),
    Column("raw", "the number on the wire", 11, "number"),
    Column("quality", "good, uncertain, bad", 10),
    Column("reason", "why it is not simply good", 18),
)
VERDICTS = (
    _LINE,
    Column("control point", "id of the CCP or OPRP", 12),
    Column("limit", "id of the limit", 14),
    Column("unit of product", "zone or line", 14),
    Column("class", "critical, supporting, operating, instrument, criterion", 11),
    Column("verdict", "ok, operating, deviation, indeterminate, suspended, starting", 14),
    Column("from, site", "in the time zone of the site", 20, "time"),
    Column("from, UTC", "the same moment in UTC", 20, "time"),
    Column("to, site", "not included; empty while it lasts", 20, "time"),
    Column("to, UTC", "the same moment in UTC", 20, "time"),
    Column("hours", "length of the whole span", 10, "number"),
    Column("worst", "worst value of the span, once it is over", 11, "number"),
    Column("judged unit", "unit of the worst value: of what is judged, which need not be a reading", 11),
    Column("credited", "of a batch, once it is over: the least that it can have come to", 11, "number"),
    Column("likely", "of a batch: what it likely came to", 11, "number"),
    Column("at most", "of a batch: the most that it can have come to", 11, "number"),
    Column("reason", "in the program's words", 28),
    Column("record", "number of the ledger record", 9, "whole"),
    Column("plan", "hash of the plan that it was judged by", 18),
)
CASES = (
    _CASE,
    _LINE,
    Column("control point", "id of the CCP or OPRP", 12),
    Column("unit of product", "zone or line", 14),
    Column("kinds", "deviation, monitoring loss, instrument fault", 18),
    Column("stage", "how far people have come", 13),
    Column("opened, site", "when it became known, in the time zone of the site", 20, "time"),
    Column("opened, UTC", "the same moment in UTC", 20, "time"),
    Column("closed, site", "when it was closed or voided; empty before", 20, "time"),
    Column("closed, UTC", "the same moment in UTC", 20, "time"),
    Column("lots", "held, with their disposition", 28),
    Column("made", "quantity made, as entered", 14),
    Column("held", "quantity held, as entered", 14),
    Column("shipped", "quantity shipped, as entered", 14),
    Column("correction", "what was done to the product", 28),
    Column("cause", "as entered", 28),
    Column("control", "how control was regained", 28),
    Column("recurrence", "corrective action", 28),
    Column("product", "how no unsafe product goes out", 28),
    Column("verification", "of the person who closed it", 28),
)
STEPS = (
    _CASE,
    _SITE_TIME,
    _UTC,
    Column("step", "what was done", 14),
    Column("name", "of the person", 14),
    Column("role", "in which they acted", 14),
    Column("text", "name of what was entered", 14),
    Column("content", "as it was entered", 60),
    Column("record", "number of the ledger record", 9, "whole"),
)
