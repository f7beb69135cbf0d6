"""Where a plan's signals stand in its program: what is heard about the line, and not judged."""

from __future__ import annotations

from readings.inputs import Series
from readings.times import HOUR
from rules.by_hand import ByHand
from rules.limit import Except, Limit
from rules.limit_unit import Condition, Exemption, Signal
from rules.plan import Plan

_ON, _OFF = ("1", "true", "True"), ("0", "false", "False")


class SignalLayout:
    """Gives each signal of a plan its place.

    Args:
        plan: what it says.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.signals: list[Signal] = []
        self._known: dict[tuple[str, str], int] = {}

    def signal(self, sensor_name: str, zone: str, codes: dict[str, str], *, names: bool = False) -> int:
        """The place of a sensor's signal in a zone, or of the one that it has for all."""
        sensor = self.plan.sensors[sensor_name]
        points = sensor.point_names()
        zone = zone if zone in points else ""
        point = next(iter(points.get(zone) or next(iter(points.values()))))
        key = (sensor_name, zone)
        if key not in self._known:
            self._known[key] = self.place(
                Signal(
                    Series(self.plan.line_id, sensor_name, point), zone, sensor.silence, codes, names=names
                )
            )
        return self._known[key]

    def place(self, signal: Signal) -> int:
        """Give a signal the next place."""
        self.signals.append(signal)
        return len(self.signals) - 1

    def batch(self, limit: Limit, entered: ByHand | None, zone: str) -> int:
        """The signal that parts cycles; -1 where the line's states alone do."""
        line = self.plan.line
        parts = line.lot if entered is not None and entered.per == "lot" else line.batch
        return (
            self.signal(parts.from_, zone, parts.codes, names=True)
            if limit.cycle is not None and parts is not None
            else -1
        )

    def state(self, zone: str) -> int:
        """The signal that says what the line is doing; -1 if none does."""
        line_state = self.plan.line.state
        return self.signal(line_state.from_, zone, line_state.codes) if line_state is not None else -1

    def conditions(self, limit: Limit, zone: str) -> tuple[Condition, ...]:
        """What must be said for a limit to be judged: the product that is made, signals that are on or off."""
        found = []
        product = self.plan.line.product
        if limit.products and product is not None:
            others = [each.id for each in self.plan.products if each.id not in limit.products]
            signal = self.signal(product.from_, zone, product.codes)
            rests = tuple((each, f"product {each}") for each in others)
            found.append(Condition("product", signal, tuple(limit.products), rests))
        for name, on in limit.while_.items():
            judges, mutes = (_ON, _OFF) if on else (_OFF, _ON)
            why = f"{name} is {'off' if on else 'on'}"
            signal = self.signal(name, zone, {})
            found.append(Condition(name, signal, judges, tuple((each, why) for each in mutes)))
        return tuple(found)

    def exception(self, granted: Except, zone: str) -> Exemption:
        """A bounded exception in a zone; its bounds get their rows later."""
        return Exemption(
            name=granted.while_,
            signal=self.signal(granted.while_, zone, {}),
            bound=-1,
            lasts=granted.for_at_most,
            recovers=granted.recovers_within,
            times=granted.at_most_times.times if granted.at_most_times else 0,
            window=granted.at_most_times.window if granted.at_most_times else 24 * HOUR,
        )
