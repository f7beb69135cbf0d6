"""What the archive knows of the flow behind a control point, for a transit by volume."""

from __future__ import annotations

from readings.inputs import Series
from readings.ports import Archive
from readings.times import NEVER
from rules.affected import FlowFrom
from rules.limit_unit import LimitUnit
from rules.passage import Flow
from rules.plan import Plan


def archived_flow(
    archive: Archive, plan: Plan, limit: LimitUnit, until: int, position: int = NEVER
) -> FlowFrom | None:
    """What is known of the flow from a time on; None where the limit has no transit by volume.

    Args:
        archive: of the line.
        plan: of the line.
        limit: whose transit it is.
        until: how far time has come, ns.
        position: the journal position up to which readings are known; all of them unless told.
    """
    if limit.transit is None or limit.transit.flow is None:
        return None
    sensor = plan.sensors[limit.transit.flow]
    [point] = [name for points in sensor.point_names().values() for name in points]
    series = Series(limit.line, limit.transit.flow, point)
    worst = 1 if sensor.uncertain == "evidence" else 0

    def flow_from(start: int) -> Flow:
        rows = archive.read([series], start - sensor.silence, until + 1)
        usable = (rows.block.quality <= worst) & (rows.position <= position)
        return Flow.of(sensor, rows.block.time, rows.block.value, usable, until)

    return flow_from
