"""The siren of a Modbus source: one coil, the only thing on a device that is ever written."""

from __future__ import annotations

from pydantic import Field

from gateway.fields import Settings
from readings.ports import Standing


class SirenCoil(Settings):
    """A siren or lamp that is on as long as something stands on the lines that the source reads.

    Attributes:
        coil: which one, counted from 0 as on the wire.
        unit: device id of what it belongs to.
        when: what it stands for.
    """

    coil: int = Field(ge=0, le=65535)
    unit: int = Field(1, ge=0, le=255)
    when: Standing
