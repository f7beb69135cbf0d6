"""What pages, API and reports are told of a site when they are started; the rest they read from its stores."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dashboards.reports.enterprise import Enterprise
from rules.plan import Plan
from rules.quantities import Names


@dataclass(frozen=True, slots=True)
class SiteView:
    """A site as its site file describes it.

    Attributes:
        id: of the site.
        name: in the languages that it has one in.
        timezone: IANA name; all times shown are in it.
        folder: of everything that is kept: `journal.db`, `segments/`, `ledger.db`, `people.db`, `inbox.db`,
            `health.json`.
        plans: by line, as the site file says; what counts is what the ledger has adopted, once there is a ledger.
        instruments: what stands behind each series `line/sensor/point`.
        enterprise: who runs it, as reports name them.
        influxdb: whether a copy goes to InfluxDB.
        clock: as in the site file; with `readings`, now is what the readings say, and pages say so.
    """

    id: str
    name: Names
    timezone: str
    folder: Path
    plans: dict[str, Plan] = field(default_factory=dict)
    instruments: dict[str, dict[str, str]] = field(default_factory=dict)
    enterprise: Enterprise | None = None
    influxdb: bool = False
    clock: Literal["wall", "readings"] = "wall"
