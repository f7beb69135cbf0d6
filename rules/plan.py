"""The plan language: what a HACCP plan of one product line says.

The meaning of every key stands at its model. `load_plan` reads a YAML text strictly; `rules.plan_check` holds the parts
against each other.
"""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import Field, model_validator

from readings.times import SECOND
from readings.units import unit_named
from rules.accepted import Accepted
from rules.by_hand import ByHand
from rules.calendar import Calendar
from rules.calendar_length import CalendarLength, Often
from rules.kinds import KINDS
from rules.limit import Limit, difference_of
from rules.quantities import (
    Duration,
    Every,
    Moment,
    Name,
    Names,
    Number,
    PointCount,
    QuantityText,
    Resolution,
    UnitName,
)
from rules.scheduled_process import ScheduledProcess
from rules.strict_model import Strict

LANGUAGE = 1
Role = Literal["reference", "recorder", "distribution", "product core", "product simulant", "ambient"]

if TYPE_CHECKING:
    AnyLimit = Limit
else:  # every kind that there is, told apart by its name
    AnyLimit = Annotated[Union[tuple(kind.model for kind in KINDS.values())], Field(discriminator="kind")]  # noqa: UP007


class Site(Strict):
    """Where the line stands.

    Attributes:
        id: in records; that of the site file.
        name: of the site.
        timezone: by its IANA name, such as `Asia/Shanghai`; days begin and end by it.
    """

    id: Name
    name: Names
    timezone: str


class Product(Strict):
    """What is made.

    Attributes:
        id: as the line names it.
        name: as people read it.
        shelf_life: `60 d`, `12 months`. Kept.
        scheduled_process: critical factors that a process authority has established; limits refer to them.
    """

    id: str
    name: Names
    shelf_life: CalendarLength | None = None
    scheduled_process: ScheduledProcess | None = None


class Coded(Strict):
    """A text about the line that a sensor or a system gives.

    Attributes:
        from_: the sensor that says it.
        codes: what its numbers or texts mean; without them the sensor gives the text itself. A state needs them.
    """

    from_: str = Field(alias="from")
    codes: dict[str, str] = {}


class Produced(Strict):
    """A counter of products that keeps its number while it is switched off.

    Attributes:
        from_: the sensor that counts.
        contradicted_after: when it moves for longer than this while the line's state says that nothing is made, one of
            them is at fault, and limits are judged. Standing for longer than this, it stands.
    """

    from_: str = Field(alias="from")
    contradicted_after: Duration = 120 * SECOND


class Line(Strict):
    """The line and what its product is counted in.

    Attributes:
        id: its name in readings and records; the plan's name where left out.
        unit: what a verdict speaks for: the `line` or a `zone` of it.
        zones: their names.
        state: what the line is doing.
        judged_when: the states in which limits are judged; otherwise they are suspended. An unknown state is judged.
        settle: after coming into a judged state, how long the verdict is `starting`.
        calendar: when the line is to produce, and what ends production. It alone mutes nothing.
        produced: a counter of what was made.
        while_settling: what becomes of the product made meanwhile: diverted, or held. Each start is recorded with its lots.
        product: what is made.
        lot: the lot that is there; deviations name the lots.
        batch: the batch that is in work; limits that are decided per cycle begin anew with each.
    """

    id: Name | None = None
    unit: Literal["line", "zone"] = "line"
    zones: list[Name] = []
    state: Coded | None = None
    judged_when: list[str] | str | None = None
    calendar: Calendar | None = None
    produced: Produced | None = None
    settle: Duration = 0
    while_settling: Literal["divert", "hold"] = "hold"
    product: Coded | None = None
    lot: Coded | None = None
    batch: Coded | None = None

    @property
    def judged(self) -> tuple[str, ...]:
        """The states in which limits are judged; empty means always."""
        return (self.judged_when,) if isinstance(self.judged_when, str) else tuple(self.judged_when or ())


class Stuck(Strict):
    """When an instrument is stuck: the raw number (the value, where there is none) has not moved for so long.

    Attributes:
        unchanged_for: so long; choose a time in which a living instrument certainly moves.
    """

    unchanged_for: Duration


class Sensor(Strict):
    """What the plan needs of a sensor; which device gives it stands in the site file.

    Attributes:
        name: as people read it.
        role: what it stands for. Kept.
        unit: in which it is read; `bool` for a signal, `code` for a coded number, `text` for a text.
        points: how many it has, where it has no zones.
        zones: points per zone, or a list of zones with one point each.
        resolution: the step in which values are judged, in the unit.
        range: what can be real; a value outside is no evidence.
        uncertainty: expanded uncertainty (k = 2) that the plan needs, in the unit.
        every: how often a reading is expected.
        alive_every: for readings on change, how often it must still speak.
        uploads_every: how often a logger sends what it remembers. Kept.
        silent_after: after this without a usable reading, it is silent.
        stuck: when readings that never move are no evidence; without it they always are.
        backfill_up_to: a logger's memory: how far back late readings may still decide again.
        optional: it is not always there, such as a probe in some of the batches; a batch without it is not judged by it.
        uncertain: whether readings of uncertain quality count as evidence.
        slew_at_most: how fast what it measures can move at most; it takes that to bridge a silence.
        accepts: warnings of `check` that stand, each with its reason.
    """

    name: Names | None = None
    role: Role | None = None
    unit: UnitName
    points: PointCount | None = None
    zones: dict[Name, PointCount] | list[Name] | None = None
    resolution: Resolution | None = None
    range: tuple[Number, Number] | list[Number] | None = None
    uncertainty: Number | None = None
    every: Every
    alive_every: Duration | None = None
    uploads_every: Duration | None = None
    silent_after: Duration | None = None
    stuck: Stuck | None = None
    backfill_up_to: Duration = 0
    optional: bool = False
    uncertain: Literal["no evidence", "evidence"] = "no evidence"
    slew_at_most: QuantityText | None = None
    accepts: Accepted = {}

    @property
    def step(self) -> Fraction:
        """The step in which values are judged."""
        return self.resolution if self.resolution is not None else Fraction(1)

    @property
    def slew(self) -> Fraction | None:
        """How fast it can move at most, in steps per ns; None where the plan does not say.

        Raises:
            UnitError: the plan says how fast something else moves.
        """
        if self.slew_at_most is None:
            return None
        moves = unit_named(f"{difference_of(self.unit).name}/s")
        return self.slew_at_most.in_unit(moves) / self.step / SECOND

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
    """A time after the last usable reading.

    Attributes:
        after: so long after it.
    """

    after: Duration


class CaseAfter(After):
    """When silence becomes a monitoring loss.

    Attributes:
        as_: which kind of case it is; there is one.
    """

    as_: Literal["monitoring_loss"] = Field("monitoring_loss", alias="as")


class Bridging(Strict):
    """When a short silence is bridged: the verdict is ok, and says so, once a reading behind it shows that it held.

    Attributes:
        up_to: a longer silence never is.
        if_: `slew`: the value cannot have reached the limit, however fast it moved; `others good`: every other point of
            the limit stayed good meanwhile; or both.
        for_: the sensors whose silences are bridged; every one that moves and has readings of its own judged, where left
            out.
    """

    up_to: Duration
    if_: Literal["slew", "others good", "slew and others good"] = Field("slew", alias="if")
    for_: list[str] = Field([], alias="for")


class StandIn(Strict):
    """Values entered by hand that are judged while a sensor is silent: the verdict is then ok by hand, and says so.

    Attributes:
        of: the value, one of `by_hand`.
        every: so long a value counts; as often as it is due anyway, where left out.
        for_: the sensors that it stands in for; where left out, every one of the control point that measures the same and
            has readings of its own judged.
    """

    of: str
    every: Duration | None = None
    for_: list[str] = Field([], alias="for")


class Silence(Strict):
    """Four separate steps: the gap is recorded at once; verdict, notice and case have a time each.

    Attributes:
        gap: it is recorded at once, always.
        verdict: when the verdict becomes indeterminate; the sensor's own silence where left out.
        notice: when people hear of it; with the verdict where left out.
        case: when it is a monitoring loss; 5 min after the verdict where left out.
        bridge: when a short silence is none after all.
        by_hand: what people measure instead, and enter.
    """

    gap: Literal["at once"] = "at once"
    verdict: After | None = None
    notice: After | None = None
    case: CaseAfter | None = None
    bridge: Bridging | None = None
    by_hand: StandIn | None = None


class Monitoring(Strict):
    """What is watched, how, how often, by whom, and who evaluates it (Codex CXC 1-1969).

    Attributes:
        what: is watched.
        how: by which means.
        every: how often: a time, or words.
        by: who watches.
        evaluated_by: who evaluates what was seen.
    """

    what: Names
    how: Names
    every: Duration | str
    by: str
    evaluated_by: str | None = None


class Step(Strict):
    """One step of what to do.

    Attributes:
        do: what.
        by: whom.
        within: how long after the case opened.
        when: only then, in words.
        one_of: a decision between these.
        signed_by: roles that sign it.
        samples: so many are measured.
        at_most, at_least: what a measurement must give.
        attach: papers that belong to it.
    """

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
    """What is done when a limit did not hold or could not be shown to.

    Attributes:
        affected: which product, in words. Kept.
        steps: what is done, in order. Kept.
    """

    affected: str | None = None
    steps: list[Step]


class Ccp(Strict):
    """A critical control point.

    Attributes:
        id: unique among the CCPs.
        name: as people read it.
        step: of the process.
        hazards: kind and what it is: `{biological: Listeria}`.
        critical: limits; a breach is a deviation.
        supporting: evidence beside the critical limits, such as a lethality in probed batches; a breach is a deviation.
        operating: tighter limits; a breach warns.
        instruments: limits that hold an instrument against another; a breach is an instrument fault.
        monitoring: what is watched, how, how often, by whom.
        silence: what follows when a sensor is silent.
        one_case_for: ids of limits that make one case together.
        on_deviation: what is done.
        accepts: warnings of `check` that stand, each with its reason.
    """

    id: Name
    name: Names | None = None
    step: str | None = None
    hazards: list[dict[str, str]] = []
    critical: list[AnyLimit] = Field(min_length=1)
    supporting: list[AnyLimit] = []
    operating: list[AnyLimit] = []
    instruments: list[AnyLimit] = []
    monitoring: Monitoring | None = None
    silence: Silence = Silence()
    one_case_for: list[str] = []
    on_deviation: OnDeviation | None = None
    accepts: Accepted = {}


class Oprp(Strict):
    """An operational prerequisite programme: never mixed with the CCPs.

    Attributes:
        id: unique among the OPRPs.
        name: as people read it.
        step: of the process.
        hazards: kind and what it is: `{biological: Listeria}`.
        criteria: limits; a breach is a deviation from a criterion.
        monitoring: what is watched, how, how often, by whom.
        silence: what follows when a sensor is silent.
        on_breach: what is done.
        accepts: warnings of `check` that stand, each with its reason.
    """

    id: Name
    name: Names | None = None
    step: str | None = None
    hazards: list[dict[str, str]] = []
    criteria: list[AnyLimit] = Field(min_length=1)
    monitoring: Monitoring | None = None
    silence: Silence = Silence()
    on_breach: OnDeviation | None = None
    accepts: Accepted = {}


class Verification(Strict):
    """Something done to see that we do what the plan says.

    Attributes:
        id: unique in its list.
        what: calibration, laboratory, review of the records, and the like.
        of: sensors or values entered by hand that it is about.
        every: how often: `30 d`, `1 y`, or words such as `lot`.
        by: whom.
        against: which reference or method.
        tolerance: a calibration passes within it.
        analyte: what a laboratory looks for.
        at_most: what it may find.
        when_failed: what follows when it does not pass.
        within: how soon after what it is about: `1 working day`.
        before: what must wait for it.
        per: batch, lot, or what else it is done for.
        evidence: what shows that it was done.
        basis: standard or clause that asks for it.
    """

    id: str
    what: str
    of: list[str] = []
    every: Often | None = None
    by: str | None = None
    against: str | None = None
    tolerance: QuantityText | None = None
    analyte: str | None = None
    at_most: QuantityText | None = None
    when_failed: str | None = None
    within: Often | None = None
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
        name: as people read it.
        site: where the line stands.
        effective_from: from when on it holds, with its offset.
        basis: standards that it rests on. Kept.
        products: what is made.
        line: what it is doing, and what its product is counted in.
        sensors_: by name; which device gives each stands in the site file.
        by_hand: values that people enter, by name.
        ccps: critical control points.
        oprps: operational prerequisite programmes, never mixed with them.
        verification: what is done to see that we do what the plan says.
        notices: who hears when of a case, rung by rung.
        marked: a short warning that stands on every page and report of the line, such as `demo times`.
        reorder: how far back late truth may decide again; a sensor's `backfill_up_to` goes further.
        accepts: warnings of `check` that stand throughout the plan, each with its reason.
    """

    plan: Name
    name: Names
    site: Site
    effective_from: Moment
    basis: list[str] = []
    products: list[Product] = []
    line: Line = Line()
    sensors_: dict[Name, Sensor] = Field(alias="sensors", min_length=1)
    by_hand: dict[Name, ByHand] = {}
    ccps: list[Ccp] = []
    oprps: list[Oprp] = []
    verification: list[Verification] = []
    notices: list[Notice] = []
    marked: Names | None = None
    reorder: Duration = 300 * SECOND
    accepts: Accepted = {}

    @model_validator(mode="after")
    def _watches_something(self) -> Plan:
        if not self.ccps and not self.oprps:
            raise ValueError("the plan watches nothing: it has neither ccps nor oprps")
        return self

    @cached_property
    def sensors(self) -> dict[str, Sensor]:
        """Everything that has readings, by name: what devices give, and what people enter."""
        return self.sensors_ | {name: _entered(value) for name, value in self.by_hand.items()}

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


def _entered(value: ByHand) -> Sensor:
    """What people enter, as what has readings."""
    return Sensor.model_construct(
        name=value.name,
        unit=value.unit,
        zones=value.zones,
        resolution=value.resolution,
        range=value.range,
        uncertainty=value.uncertainty,
        every=value.every if value.every is not None else "on change",
        silent_after=value.silence or None,
        backfill_up_to=value.back_to,
    )


def limits_of(plan: Plan) -> list[tuple[Ccp | Oprp, str, Limit]]:
    """Every limit with its control point and class: `critical`, `supporting`, `operating`, `instrument` or `criterion`."""
    found: list[tuple[Ccp | Oprp, str, Limit]] = []
    for ccp in plan.ccps:
        found += [(ccp, "critical", limit) for limit in ccp.critical]
        found += [(ccp, "supporting", limit) for limit in ccp.supporting]
        found += [(ccp, "operating", limit) for limit in ccp.operating]
        found += [(ccp, "instrument", limit) for limit in ccp.instruments]
    for oprp in plan.oprps:
        found += [(oprp, "criterion", limit) for limit in oprp.criteria]
    return found
