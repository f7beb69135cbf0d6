"""Where a plan's tracks stand in its program: each series as evidence for one limit unit, and what follows from it."""

from __future__ import annotations

from fractions import Fraction
from math import inf

from readings.inputs import Series
from readings.times import NEVER
from rules.bounds import Bound
from rules.bridge import Bridge
from rules.control_point import Ccp, Oprp
from rules.derivation import Inputs
from rules.limit import Bounds, Limit, guarded
from rules.limit_unit import DerivedTrack, Track
from rules.line import Line
from rules.patience import verdict_after
from rules.plan import Plan
from rules.sensor import Sensor
from rules.silence import Bridging
from rules.silence_check import bridgeable, stood_in

_UNBOUNDED = Bound(1, 1, -inf, inf)


class TrackLayout:
    """Gives each track of a plan its place.

    Args:
        plan: what it says.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.line = plan.line_id
        self.tracks: list[Track] = []
        self.rows: list[Bound] = []
        self.cleared: list[Bound | None] = []
        self.bridges: dict[int, Bridge] = {}
        self.steps: dict[int, Fraction] = {}  # of derived tracks

    def points(self, sensor: Sensor, zone: str) -> list[str]:
        """The sensor's points in a zone, or where it has none."""
        there = sensor.point_names()
        return there.get(zone) or next(iter(there.values()))

    def track(self, track: Track, bound: Bound, cleared: Bound | None) -> int:
        """Give a track the next place."""
        self.tracks.append(track)
        self.rows.append(bound)
        self.cleared.append(cleared)
        return len(self.tracks) - 1

    def beside(self, limit: Limit, number: int, zone: str, name: str, bounds: Bounds) -> list[int]:
        """The tracks of another sensor that must hold at the same time."""
        sensor = self.plan.sensors[name]
        bound = bounds.bound(sensor.unit, sensor.step, rounded=limit.compare == "rounded")
        usable = 1 if sensor.uncertain == "evidence" else 0
        still = sensor.stuck.unchanged_for if sensor.stuck is not None else 0
        return [
            self.track(Track(Series(self.line, name, of), number, sensor.silence, usable, still), bound, None)
            for of in self.points(sensor, zone)
        ]

    def bridge(self, bridging: Bridging, tracks: list[int], seen: int) -> None:
        """Let silences of these tracks be bridged, of which so many, from the first, are of the limit's own sensor."""
        for place, track in enumerate(tracks):
            name = self.tracks[track].series.sensor
            sensor = self.plan.sensors[name]
            if not bridgeable(self.plan, bridging, name) or ("others" in bridging.if_ and place >= seen):
                continue
            self.bridges[track] = Bridge(
                up_to=bridging.up_to,
                bound=self.rows[track],
                step=sensor.step,
                unit=sensor.unit.name,
                slew=sensor.slew if "slew" in bridging.if_ else None,
                others=seen if "others" in bridging.if_ else 0,
            )

    def _bridge_of(self, bridging: Bridging | None, track: Track) -> Bridge | None:
        """How silences of a series are bridged by slew, whatever its bound; None where they are not."""
        name = track.series.sensor
        sensor = self.plan.sensors[name]
        if bridging is None or bridging.if_ != "slew" or sensor.slew is None:
            return None
        if not bridgeable(self.plan, bridging, name):
            return None
        return Bridge(bridging.up_to, _UNBOUNDED, sensor.step, sensor.unit.name, sensor.slew, others=0)

    def stand_in(self, point: Ccp | Oprp, limit: Limit, number: int, zone: str) -> int:
        """The track of values by hand that stand in for a limit's silent points; -1 if none does."""
        stands_in = point.silence.by_hand
        if stands_in is None or not stood_in(self.plan, stands_in, limit):
            return -1
        value = self.plan.sensors[stands_in.of]
        guard = limit.guard * (value.uncertainty or 0)
        held = guarded(limit.held, guard, value.unit) if limit.guards == "bounds" else limit.held
        bound = held.bound(value.unit, value.step, rounded=limit.compare == "rounded")
        clears = limit.clears
        cleared = clears.bound(value.unit, value.step) if clears is not None and clears.given else None
        series = Series(self.line, stands_in.of, self.points(value, zone)[0])
        return self.track(Track(series, number, NEVER // 4, 0), bound, cleared)

    def counts_for(self, point: Ccp | Oprp, stand_in: int) -> int:
        """How long a value that stands in counts, ns."""
        said = point.silence.by_hand
        if stand_in < 0 or said is None:
            return 0
        return said.every if said.every is not None else self.plan.by_hand[said.of].silence

    def derived(  # noqa: PLR0913 - the limit unit it is of
        self,
        point: Ccp | Oprp,
        limit: Limit,
        zone: str,
        points: list[str],
        number: int,
        bound: Bound,
        cleared: Bound | None,
        guard: Fraction,
    ) -> tuple[DerivedTrack, ...]:
        """The tracks that follow from others: one for each point of the sensor, or one for all."""
        described = limit.derived
        assert described is not None
        _, step = limit.scale(self.plan.sensors)
        beside = [(name, self.points(self.plan.sensors[name], zone)[0]) for name in described.others]
        mine = [(limit.of, name) for name in points]
        found = []
        for named in [[each] for each in mine] if described.each_point else [mine]:
            sensors = tuple(self.plan.sensors[name] for name, _ in [*named, *beside])
            inputs = []
            for (name, of_point), sensor in zip([*named, *beside], sensors, strict=True):
                silent = verdict_after(self.plan, point.silence, name)
                usable = 1 if sensor.uncertain == "evidence" else 0
                track = Track(Series(self.line, name, of_point), number, silent, usable)
                inputs.append(self.track(track, _UNBOUNDED, None))
            first = self.tracks[inputs[0]]
            bridge = self._bridge_of(point.silence.bridge, first) if described.bridges else None
            silents = tuple(self.tracks[track].silent for track in inputs)
            stuck = sensors[0].stuck if len(inputs) == 1 else None
            track = Track(
                first.series,
                number,
                2 * described.over + max(silents),
                first.usable,
                stuck.unchanged_for if stuck is not None else 0,
                derived=True,
            )
            of = Inputs(sensors, silents, step, bound, settling(self.plan.line, limit), guard, bridge)
            derivation, made_by = described.make(of), (described.make, of)
            found.append(DerivedTrack(self.track(track, bound, cleared), tuple(inputs), derivation, made_by))
            self.steps[found[-1].track] = step
            if bridge is not None:
                self.bridges[found[-1].track] = bridge
        return tuple(found)


def settling(line: Line, limit: Limit) -> int:
    """How long a limit is `starting` after coming into a judged state, ns."""
    return line.settle if limit.after is None else limit.after
