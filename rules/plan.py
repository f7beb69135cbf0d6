"""The plan language: what a HACCP plan of one product line says.

The meaning of every key stands at its model. `load_plan` reads a YAML text strictly; `rules.plan_check` holds the parts
against each other.
"""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import Field, model_validator

from readings.times import SECOND
from rules.kinds import KINDS
from rules.limit import Limit
from rules.quantities import Duration, Every, Moment, Name, Names, Number, PointCount, QuantityText, UnitName
from rules.strict_model import Strict

LANGUAGE = 1

if TYPE_CHECKING:
    AnyLimit = Limit
else:  # every kind that there is, told apart by its name
    AnyLimit = Annotated[Union[tuple(kind.model for kind in KINDS.values())], Field(discriminator="kind")]  # noqa: UP007


class Site(Strict):
    """Where the line stands."""

    id: Name
    name: Names
    timezone: str


class Product(Strict):
    """What is made."""

    id: str
    name: Names
    shelf_life: str | None = None


class Coded(Strict):
    """A text about the line that a sensor or a system gives.

    Attributes:
        from_: the sensor.
        codes: what its numbers or texts mean; without them the sensor gives the text itself. A state needs them.
    """

    from_: str = Field(alias="from")
    codes: dict[str, str] = {}


class Line(Strict):
    """The line and what its product is counted in.

    Attributes:
        unit: what a verdict speaks for: the `line` or a `zone` of it.
        zones: their names.
        state: what the line is doing.
        judged_when: the states in which limits are judged; otherwise they are suspended. An unknown state is judged.
        settle: after coming into a judged state, how long the verdict is `starting`.
        while_settling: what becomes of the product made meanwhile.
    """

    id: Name | None = None
    unit: Literal["line", "zone"] = "line"
    zones: list[Name] = []
    state: Coded | None = None
    judged_when: list[str] | str | None = None
    settle: Duration = 0
    while_settling: Literal["divert", "hold"] = "hold"
    product: Coded | None = None
    lot: Coded | None = None

    @property
    def judged(self) -> tuple[str, ...]:
        """The states in which limits are judged; empty means always."""
        return (self.judged_when,) if isinstance(self.judged_when, str) else tuple(self.judged_when or ())


class Stuck(Strict):
    """When an instrument is stuck: the raw number (the value, where there is none) has not moved for so long."""

    unchanged_for: Duration


class Sensor(Strict):
    """What the plan needs of a sensor; which device gives it stands in the site file.

    Attributes:
        points: how many it has, where it has no zones.
        zones: points per zone, or a list of zones with one point each.
        resolution: the step in which values are judged, in the unit.
        range: what can be real; a value outside is no evidence.
        uncertainty: expanded uncertainty (k = 2) that the plan needs, in the unit.
        every: how often a reading is expected.
        alive_every: for readings on change, how often it must still speak.
        silent_after: after this without a usable reading, it is silent.
        stuck: when readings that never move are no evidence; without it they always are.
        backfill_up_to: a logger's memory: how far back late readings may still decide again.
        uncertain: whether readings of uncertain quality count as evidence.
    """

    name: Names | None = None
    role: str | None = None
    unit: UnitName
    points: PointCount | None = None
    zones: dict[Name, PointCount] | list[Name] | None = None
    resolution: Number | None = None
    range: tuple[Number, Number] | list[Number] | None = None
    uncertainty: Number | None = None
    every: Every
    alive_every: Duration | None = None
    uploads_every: Duration | None = None
    silent_after: Duration | None = None
    stuck: Stuck | None = None
    backfill_up_to: Duration = 0
    uncertain: Literal["no evidence", "evidence"] = "no evidence"

    @property
    def step(self) -> Fraction:
        """The step in which values are judged."""
        return self.resolution if self.resolution is not None else Fraction(1)

    @property
    def silence(self) -> int:
        """After this without a usable reading it is silent, ns."""
        if self.silent_after is not None:
            return self.silent_after
        if self.alive_every is not None:
            return 2 * self.alive_every
        return 3 * self.every if isinstance(self.every, int) else 0

    def point_names(self) -> dict[str, list[str]]:
        """Points by zone; the zone is empty where the sensor has none."""
        if self.zones is None:
            return {"": [str(number + 1) for number in range(self.points or 1)]}
        counts = self.zones if isinstance(self.zones, dict) else dict.fromkeys(self.zones, 1)
        return {zone: [f"{zone}.{number + 1}" for number in range(count)] for zone, count in counts.items()}


class After(Strict):
    """A time after the last usable reading."""

    after: Duration


class CaseAfter(After):
    """When silence becomes a monitoring loss."""

    as_: Literal["monitoring_loss"] = Field("monitoring_loss", alias="as")


class Silence(Strict):
    """Four separate steps: the gap is recorded at once; verdict, notice and case have a time each.

    Attributes:
        verdict: when the verdict becomes indeterminate; the sensor's own silence where left out.
        notice: when people hear of it; with the verdict where left out.
        case: when it is a monitoring loss; 5 min after the verdict where left out.
    """

    gap: Literal["at once"] = "at once"
    verdict: After | None = None
    notice: After | None = None
    case: CaseAfter | None = None


class Monitoring(Strict):
    """What is watched, how, how often, by whom, and who evaluates it (Codex CXC 1-1969, 3.9)."""

    what: Names
    how: Names
    every: Duration | str
    by: str
    evaluated_by: str | None = None


class Step(Strict):
    """One step of what to do; a step with `one_of` is a decision, `signed_by` asks for signatures."""

    do: str
    by: str | None = None
    within: Duration | None = None
    when: str | None = None
    one_of: list[str] = []
    signed_by: list[str] = []
    samples: int | None = None
    at_most: QuantityText | None = None
    at_least: QuantityText | None = None
    attach: list[str] = []


class OnDeviation(Strict):
    """What is done when a limit did not hold or could not be shown to."""

    affected: str | None = None
    steps: list[Step]


class Ccp(Strict):
    """A critical control point.

    Attributes:
        instruments: limits that hold an instrument against another; a breach is an instrument fault.
    """

    id: Name
    name: Names | None = None
    step: str | None = None
    hazards: list[dict[str, str]] = []
    critical: list[AnyLimit] = Field(min_length=1)
    operating: list[AnyLimit] = []
    instruments: list[AnyLimit] = []
    monitoring: Monitoring | None = None
    silence: Silence = Silence()
    one_case_for: list[str] = []
    on_deviation: OnDeviation | None = None


class Oprp(Strict):
    """An operational prerequisite programme: never mixed with the CCPs."""

    id: Name
    name: Names | None = None
    step: str | None = None
    hazards: list[dict[str, str]] = []
    criteria: list[AnyLimit] = Field(min_length=1)
    monitoring: Monitoring | None = None
    silence: Silence = Silence()
    on_breach: OnDeviation | None = None


class Verification(Strict):
    """Something done to see that we do what the plan says."""

    id: str
    what: str
    of: list[str] = []
    every: str | None = None
    by: str | None = None
    against: str | None = None
    tolerance: QuantityText | None = None
    analyte: str | None = None
    at_most: QuantityText | None = None
    when_failed: str | None = None
    within: str | None = None
    before: str | None = None
    per: str | None = None
    evidence: str | None = None
    basis: str | None = None


class Notice(Strict):
    """A rung of the ladder: when, to whom, by what.

    Attributes:
        at, after: how long after the case opened; the two mean the same.
        unless: not if by then somebody has done this.
        when: what only a person can know; they are asked once the case is contained, unless a time is given too.
        to: roles, people or groups, as the site file names them.
        by: channels of the site file; without it, every one by which they are reached.
        propose: what they are asked to decide; the program itself never does it.
        again: acknowledged, and so long after the last sign of work still not contained: told once more, and so on.
    """

    at: Duration | None = None
    after: Duration | None = None
    unless: Literal["acknowledged", "contained"] | None = None
    when: str | None = None
    to: list[str] | str
    by: list[str] = []
    propose: str | None = None
    again: Duration | None = None

    @property
    def recipients(self) -> list[str]:
        """Who is told."""
        return [self.to] if isinstance(self.to, str) else list(self.to)


class Plan(Strict):
    """The HACCP plan of one product line.

    Attributes:
        plan: its name, and the line's unless `line.id` says otherwise.
        marked: a short warning that stands on every page and report of the line, such as `demo times`.
        reorder: how far back late truth may decide again; a sensor's `backfill_up_to` goes further.
    """

    plan: Name
    name: Names
    site: Site
    effective_from: Moment
    basis: list[str] = []
    products: list[Product] = []
    line: Line = Line()
    sensors: dict[Name, Sensor] = Field(min_length=1)
    ccps: list[Ccp] = []
    oprps: list[Oprp] = []
    verification: list[Verification] = []
    notices: list[Notice] = []
    marked: Names | None = None
    reorder: Duration = 300 * SECOND

    @model_validator(mode="after")
    def _watches_something(self) -> Plan:
        if not self.ccps and not self.oprps:
            raise ValueError("the plan watches nothing: it has neither ccps nor oprps")
        return self

    @property
    def line_id(self) -> str:
        """The line's name in readings, decisions and records."""
        return self.line.id or self.plan

    def canonical(self) -> bytes:
        """What the plan says, in one form: canonical JSON, numbers as decimal text, without approvals."""
        said: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return json.dumps(
            {"language": LANGUAGE, "plan": said}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical form, in hex: the plan's version."""
        return hashlib.sha256(self.canonical()).hexdigest()


def limits_of(plan: Plan) -> list[tuple[Ccp | Oprp, str, Limit]]:
    """Every limit with its control point and class: `critical`, `operating`, `instrument` or `criterion`."""
    found: list[tuple[Ccp | Oprp, str, Limit]] = []
    for ccp in plan.ccps:
        found += [(ccp, "critical", limit) for limit in ccp.critical]
        found += [(ccp, "operating", limit) for limit in ccp.operating]
        found += [(ccp, "instrument", limit) for limit in ccp.instruments]
    for oprp in plan.oprps:
        found += [(oprp, "criterion", limit) for limit in oprp.criteria]
    return found
