"""The plan language: what a HACCP plan of one product line says.

The meaning of every key stands at its model. `load_plan` reads a YAML text strictly; `rules.plan_check` holds the parts
against each other.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Any

from pydantic import Field, model_validator

from readings.times import SECOND
from rules.accepted import Accepted
from rules.by_hand import ByHand
from rules.calendar_length import CalendarLength
from rules.control_point import Ccp, Oprp
from rules.ladder import Notice
from rules.limit import Limit
from rules.line import Line
from rules.quantities import Duration, Moment, Name, Names
from rules.scheduled_process import ScheduledProcess
from rules.sensor import Sensor
from rules.strict_model import Strict
from rules.verification import Verification

LANGUAGE = 1


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
