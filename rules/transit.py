"""How long product takes from a control point to the place where its lots are counted.

Product that left the control point between the last good and the first good reading reaches that place later. What is
affected there is bounded to the safe side: from the earliest that the first of it can have arrived, to the latest that the
last of it can have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import model_validator

from rules.quantities import Duration, QuantityText
from rules.strict_model import Strict

if TYPE_CHECKING:
    from rules.sensor import Sensor


class Transit(Strict):
    """How long product takes to where its lots are counted: between two times, or until a volume has flowed.

    Attributes:
        to: where lots are counted.
        at_least: it takes no less.
        at_most: it takes no longer, stops of the line included.
        volume: that lies between, such as `85 L` for 12 m of pipe of 95 mm; each parcel arrives when as much has flowed
            behind it.
        flow: the sensor of what flows there.
        basis: where the times or the volume come from.
    """

    to: str | None = None
    at_least: Duration = 0
    at_most: Duration | None = None
    volume: QuantityText | None = None
    flow: str | None = None
    basis: str | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Transit:
        if (self.volume is None) != (self.flow is None):
            raise ValueError(
                "a volume and the sensor of its flow belong together: {volume: 85 L, flow: flow}"
            )
        if self.volume is None and self.at_most is None:
            raise ValueError(
                "how long does it take at most? Write at_most: 6 min, or a volume and the sensor of its flow"
            )
        if self.volume is not None and (self.volume.unit.dimension != "volume" or self.volume.value <= 0):
            raise ValueError(f"{self.volume} is no volume; write volume: 85 L")
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError("it takes at most less than at least: the times are the wrong way round")
        return self

    def faults(self, sensors: Mapping[str, Sensor]) -> Iterator[tuple[tuple[str, ...], str]]:
        """What does not fit the sensors of its plan: path of the key, and why."""
        if self.flow is None:
            return
        sensor = sensors.get(self.flow)
        if sensor is None:
            yield ("flow",), f"no sensor named {self.flow}; the plan has {', '.join(sensors)}"
        elif sensor.unit.dimension != "flow":
            yield ("flow",), f"{self.flow} is no flow: it measures {sensor.unit.dimension}"
        elif sum(len(points) for points in sensor.point_names().values()) > 1:
            yield ("flow",), f"{self.flow} has several points, and nobody could say which of them counts"
        elif sensor.silence == 0:
            yield ("flow",), f"{self.flow} speaks on change alone: say how often it is alive (alive_every)"
