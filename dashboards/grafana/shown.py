"""What is to be shown: a site, its plans, in one language."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from dashboards.language import Language, Tongue, language
from rules.control_point import Ccp, Oprp
from rules.limit import Limit
from rules.plan import Plan
from rules.quantities import Names
from rules.sensor import Sensor

CATALOGUE = Path(__file__).parent
_NEVER_A_VALUE = ("text", "event")
RANKS = {
    "critical": "critical limit",
    "supporting": "supporting evidence",
    "operating": "operating limit",
    "criterion": "action criterion",
    "instrument": "instrument check",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A site as it is shown in Grafana.

    Attributes:
        site: its id, a tag of every point.
        plans: of its lines, in the order of the site file.
        tongue: language of all names.
        pages: address of our own pages, without a slash at its end; empty for no links.
    """

    site: str
    plans: tuple[Plan, ...]
    tongue: Tongue = "en"
    pages: str = ""

    @property
    def language(self) -> Language:
        """The language, with this room's texts."""
        return language(self.tongue, CATALOGUE)

    def say(self, text: str, /, **values: object) -> str:
        """A text of this room's catalogue."""
        return self.language.say(text, **values)

    def name(self, names: Names | None, otherwise: str = "") -> str:
        """A name of the plan in the language shown."""
        return self.language.name(names, otherwise)

    def line(self, plan: Plan) -> str:
        """The line's name; a plan's mark (`demo times`) stands behind it."""
        name = self.name(plan.name, plan.line_id)
        return f"{name} ({self.name(plan.marked)})" if plan.marked else name

    def point(self, point: Ccp | Oprp) -> str:
        """A control point's id and name."""
        return f"{point.id} {self.name(point.name)}".strip()

    def limit(self, limit: Limit, rank: str) -> str:
        """A limit's name; what it is stands behind it, where it is no limit that decides what becomes of the product."""
        name = self.name(limit.name, limit.id)
        decides = rank in ("critical", "criterion")
        return name if decides else f"{name} ({self.rank(rank)})"

    def rank(self, rank: str) -> str:
        """Which sort of limit."""
        return self.say(RANKS[rank])

    def sensor(self, plan: Plan, sensor: str) -> str:
        """A sensor's name."""
        return self.name(plan.sensors[sensor].name, sensor)

    @property
    def place(self) -> str:
        """The site's name."""
        return self.name(self.plans[0].site.name, self.site)

    @property
    def timezone(self) -> str:
        """The site's zone."""
        return self.plans[0].site.timezone


def uid(*names: str) -> str:
    """An id that stays: from names alone, at most 40 characters of those that Grafana takes."""
    return f"{names[0]}-{hashlib.sha256(chr(0).join(names).encode()).hexdigest()[:20]}"


def points_watched(plan: Plan) -> list[Ccp | Oprp]:
    """The plan's control points, CCPs before OPRPs."""
    return [*plan.ccps, *plan.oprps]


def measured(sensor: Sensor) -> bool:
    """Whether its readings are numbers that reach InfluxDB; texts do not."""
    return sensor.unit.name not in _NEVER_A_VALUE


def points_of(sensor: Sensor) -> list[str]:
    """The points of a sensor in the order of the plan."""
    return [point for points in sensor.point_names().values() for point in points]
