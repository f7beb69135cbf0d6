"""What the reports have in common: the firm, the proof, an instrument, a limit. Times are RFC 3339 in UTC, numbers text."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field

from dashboards.language import LOCALES
from dashboards.reports.enterprise import Enterprise
from dashboards.views.verdicts import CameTo
from dashboards.worksheet.demand import demand
from dashboards.worksheet.guards import guard_sentences
from dashboards.worksheet.teller import Teller
from ledger.checkpoint import Checkpoint
from readings.errors import TimeError
from readings.times import DAY, SECOND, parse_time
from rules.control_point import Ccp, Oprp
from rules.limit import Bounds, Limit
from rules.plan import Plan
from rules.quantities import Names

SOON = 30 * DAY  # before a calibration is due, reports begin to say so

Named = dict[str, str]
Time = str


class Fact(BaseModel):
    """A part of a report: what is not known is null, never left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Firm(Fact):
    """Who answers for what was made."""

    name: Named | None = Field(description="as on the licence")
    credit_code: str | None = Field(description="unified social credit code (GB 32100-2015)")
    licence: str | None = Field(
        description="food production licence, SC and 14 digits, or a workshop's registration"
    )
    address: Named | None
    contact: str | None
    phone: str | None
    director: str | None = Field(description="food safety director")

    @classmethod
    def of(cls, enterprise: Enterprise | None) -> Firm:
        """The firm of a site file; nothing is known where it has no `enterprise`."""
        given = enterprise.model_dump() if enterprise is not None else {}
        return cls(**{name: given.get(name) for name in cls.model_fields})


class LimitFact(Fact):
    """A limit as the plan in force said it."""

    ccp: str
    limit: str
    rank: str = Field(description="critical, operating or criterion")
    name: Named | None
    sensor: Named | None = Field(description="what it holds, in words")
    unit: str = Field(description="of what is judged")
    measured: str = Field("", description="unit of the readings that it follows from")
    averaged: bool = Field(False, description="judged from means or extremes of a time, not from readings")
    per_cycle: bool = Field(False, description="decided once for each cycle or batch of the line")
    held: dict[str, str] = Field({}, description="bounds that what is judged is held against, in `unit`")
    drawn: dict[str, str] = Field(
        {}, description="bounds among the readings themselves, as a chart shows them"
    )
    demands: Named | None = Field(None, description="of what is no reading: what it demands, in sentences")
    guard: Named | None = Field(None, description="its guard band, in a sentence; null for none")
    beside: dict[str, Named] = Field({}, description="other sensors that it names, in words")
    says: dict[str, object] = Field(description="bounds and terms, in the plan's words")
    basis: str | None = Field(description="standard, clause or report it rests on")

    @classmethod
    def of(cls, plan: Plan, point: Ccp | Oprp, rank: str, limit: Limit) -> LimitFact:
        """The limit of a plan."""
        said = limit.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        kept = {key: value for key, value in said.items() if key not in ("id", "name", "of", "basis", "zone")}
        sensor = plan.sensors.get(limit.of)
        return cls(
            ccp=point.id,
            limit=limit.id,
            rank=rank,
            name=limit.name,
            sensor=(sensor.name if sensor is not None else None) or {"en": limit.of},
            unit=limit.scale(plan.sensors)[0].name if sensor is not None else "",
            measured=sensor.unit.name if sensor is not None else "",
            averaged=limit.derived is not None,
            per_cycle=limit.cycle is not None,
            held=_texts(limit.held),
            drawn=_texts(limit.on_readings),
            demands=_said(plan, lambda teller: demand(teller, limit)[0])
            if limit.derived is not None
            else None,
            guard=_said(plan, lambda teller: guard_sentences(teller, limit)) if limit.guard else None,
            beside={name: _called(plan, name) for name in _beside(limit)},
            says=kept,
            basis=limit.basis,
        )


def _texts(bounds: Bounds | None) -> dict[str, str]:
    return {} if bounds is None else {name: str(getattr(bounds, name)) for name in bounds.given}


def _said(plan: Plan, tell: Callable[[Teller], list[str]]) -> Named | None:
    """Sentences of the worksheet in both languages; None where there are none."""
    tellers = {tongue: Teller.of(plan, tongue) for tongue in LOCALES}
    said = {str(tongue): teller.sentences(tell(teller)) for tongue, teller in tellers.items()}
    return said if all(said.values()) else None


def _beside(limit: Limit) -> list[str]:
    return [*(name for name, _ in limit.beside), *(limit.derived.others if limit.derived is not None else ())]


def _called(plan: Plan, sensor: str) -> Named:
    known = plan.sensors.get(sensor)
    return dict(known.name) if known is not None and known.name is not None else {"en": sensor}


class CameToFact(Fact):
    """What a cycle or batch has come to, at the point that is worst."""

    low: str = Field(description="credited of what must be reached")
    best: str = Field(description="likely")
    high: str = Field(description="counts of what must not be exceeded")
    unit: str
    over: bool = Field(description="whether the cycle is over; else it is what was known at the decision")

    @classmethod
    def of(cls, came: CameTo, *, over: bool) -> CameToFact:
        """As a record says it."""
        return cls(**came.body, over=over)

    @property
    def figures(self) -> CameTo:
        """As numbers."""
        return CameTo(float(self.low), float(self.best), float(self.high), self.unit)


class InstrumentFact(Fact):
    """What stood behind a series when it was decided."""

    series: str
    id: str | None
    serial: str | None
    calibration: str | None = Field(description="the certificate in force")
    calibrated: str | None
    due: str | None
    standing: str = Field(description="valid, soon, overdue, unknown: on the day of the report's subject")

    @classmethod
    def of(cls, said: dict[str, str], day: str) -> InstrumentFact:
        """An instrument as a record names it.

        Args:
            said: series, id, serial, calibration, calibrated, due.
            day: `YYYY-MM-DD` on which it is looked at.
        """
        names = ("series", "id", "serial", "calibration", "calibrated", "due")
        return cls(**{name: said.get(name) for name in names}, standing=_standing(said.get("due"), day))


class CheckpointFact(Fact):
    """The signed root of the ledger under which everything in the report stands."""

    origin: str
    size: int = Field(description="how many records it covers")
    root: str = Field(description="of the RFC 6962 tree, base64")
    note: str = Field(description="the signed note (c2sp.org/tlog-checkpoint)")

    @classmethod
    def of(cls, note: str) -> CheckpointFact:
        """The checkpoint of a signed note."""
        text, _, _ = note.partition("\n\n")
        found = Checkpoint.of(text + "\n")
        root = text.split("\n")[2]
        return cls(origin=found.origin, size=found.size, root=root, note=note)


def names_of(names: Names | None) -> Named | None:
    """Names as they stand in JSON."""
    return dict(names) if names else None


def seconds_text(ns: int) -> str:
    """A duration in seconds, exactly, as decimal text."""
    whole, rest = divmod(ns, SECOND)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".") if rest else str(whole)


def _standing(due: str | None, day: str) -> str:
    try:
        left = (parse_time(f"{due}T00:00:00Z") - parse_time(f"{day}T00:00:00Z")) if due else None
    except TimeError:
        left = None
    if left is None:
        return "unknown"
    return "overdue" if left < 0 else "soon" if left <= SOON else "valid"
