"""A device profile: what a model of device says in which registers, and where that is known from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from gateway.calibration import Outside
from gateway.channel import Channel, Meant
from gateway.decode import Order
from gateway.errors import SourceError
from gateway.fields import Duration, Exact, Settings
from gateway.measure import Pair
from gateway.registers import Means, Register, Status, WireOrder

_VERSION_LETTERS = 12


class Kind(StrEnum):
    """What a device is for; the devices are listed by it."""

    REFRIGERATION = "refrigeration"
    TEMPERATURE = "temperature"
    STERILISATION = "sterilisation"
    OZONE = "ozone"
    UV = "uv"
    WATER = "water"
    AIR = "air"
    ENERGY = "energy"


class Names(Settings):
    """A name, as people here say it.

    Attributes:
        en: English.
        zh: Chinese.
    """

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)


class Fact(Settings):
    """Where what a profile says is known from.

    Attributes:
        document: its title.
        edition: number or date, as it says itself; page or section.
        url: where it was read.
    """

    document: str = Field(min_length=1)
    edition: str | None = None
    url: str | None = None


class Line(Settings):
    """How the device is set when it leaves the factory, and what its line stands.

    Attributes:
        unit: device id.
        baud: bits a second.
        parity: of the serial line.
        stop: stop bits.
        block: the greatest number of registers it gives in one answer.
        pause: the least time between its answer and the next question.
    """

    unit: int | None = Field(None, ge=0, le=255)
    baud: int | None = Field(None, gt=0)
    parity: Literal["none", "even", "odd"] | None = None
    stop: Literal[1, 2] | None = None
    block: int | None = Field(None, ge=1, le=125)
    pause: Duration | None = None


class Identity(Register):
    """A register by which the device is known: another device gives no values.

    Attributes:
        equals: what it reads, one of these.
    """

    equals: tuple[int, ...] = Field(min_length=1)


class Value(Meant):
    """A value of the device.

    Attributes:
        name: as people say it.
        range: the least and the greatest value that the device gives, in `unit`.
        resolution: its smallest step, in `unit`.
        accuracy: as its maker states it.
        note: what else must be known of it.
    """

    name: Names
    range: tuple[Exact, Exact] | None = None
    resolution: Exact | None = None
    accuracy: str | None = None
    note: str | None = None


class Use(Settings):
    """What a value of a device is to the plan, with what the site knows of this one device.

    Attributes:
        reads: `line/sensor` or `line/sensor/point`.
        every: how often it is read, where that differs from the device's.
        two_point, piecewise, outside: its calibration, of what the profile makes of the raw number.
    """

    reads: str
    every: Duration | None = None
    two_point: tuple[Pair, Pair] | None = None
    piecewise: tuple[Pair, ...] | None = Field(None, min_length=2)
    outside: Outside = Outside.BAD


class Profile(Settings):
    """A model of device.

    Attributes:
        profile: its name in site files.
        name: what it is, as people say it.
        kind: what it is for.
        maker: who makes it.
        model: as on its label.
        source: where all of this is known from.
        line: how it is set when it leaves the factory.
        order: of bytes, where a value does not say.
        identity: the register by which it is known.
        values: by their names in site files.
        note: what else must be known of it.
    """

    profile: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: Names
    kind: Kind
    maker: str
    model: str
    source: tuple[Fact, ...] = Field(min_length=1)
    line: Line = Line()
    order: WireOrder = Order.ABCD
    identity: Identity | None = None
    values: dict[str, Value] = Field(min_length=1)
    note: str | None = None

    @field_validator("values")
    @classmethod
    def _named(cls, values: dict[str, Value]) -> dict[str, Value]:
        odd = [name for name in values if not name.isidentifier() or name != name.lower()]
        if odd:
            raise ValueError(f"{', '.join(odd)}: names of values are small letters, digits and underscores")
        return values

    @model_validator(mode="after")
    def _ranges_rise(self) -> Profile:
        for name, value in self.values.items():
            if value.range and value.range[0] >= value.range[1]:
                raise ValueError(f"{name}: a range goes from the least value to the greatest")
        return self

    @property
    def version(self) -> str:
        """Hash of what decides readings: registers, types, scales, sentinels, status. Words and sources change nothing."""
        decides = {
            "order": self.order,
            "identity": _plain(self.identity),
            "values": {name: meant_of(value) for name, value in sorted(self.values.items())},
        }
        said = json.dumps(decides, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(said.encode()).hexdigest()[:_VERSION_LETTERS]

    def channels(self, reads: Mapping[str, str | Use], *, identified: bool = True) -> tuple[Channel, ...]:
        """The channels of a device of this model.

        Args:
            reads: for each value that is read, what it is to the plan.
            identified: whether the device must be known by its identity, where the profile has one.

        Raises:
            SourceError: the profile has no such value, or the site's calibration does not fit.
        """
        return tuple(self._channel(name, use, identified=identified) for name, use in reads.items())

    def _channel(self, name: str, use: str | Use, *, identified: bool) -> Channel:
        value = self.values.get(name)
        if value is None:
            raise SourceError(
                f"profile {self.profile} has no value {name!r}; there are {', '.join(sorted(self.values))}"
            )
        said = {
            key: each for key, each in value if key in Meant.model_fields and key in value.model_fields_set
        }
        if isinstance(use, Use) and (use.two_point or use.piecewise):
            if value.curve is not None:
                raise SourceError(
                    f"profile {self.profile}, value {name}: the profile has a line of its own from what is read to the "
                    "value, and so has the site file; write a profile of your own with one that does both"
                )
            said |= {"two_point": use.two_point, "piecewise": use.piecewise, "outside": use.outside}
        said["reads"] = use if isinstance(use, str) else use.reads
        if identified and self.identity is not None:
            said["status"] = (*value.status, self.known)
        try:
            channel = Channel.model_validate(said).with_order(self.order)
        except ValueError as error:
            raise SourceError(f"profile {self.profile}, value {name}: {error}") from error
        return channel.model_copy(update={"every": None if isinstance(use, str) else use.every})

    @property
    def known(self) -> Status:
        """What the identity says of every value: fault, unless it reads what it must."""
        assert self.identity is not None
        return Status(
            at=self.identity.at,
            type=self.identity.type,
            order=self.identity.order,
            bits=self.identity.bits,
            means=Means.FAULT,
            unless=self.identity.equals,
        )


def meant_of(value: Meant) -> dict[str, Any]:
    """What decides the readings of a value, as plain data without what is so anyhow."""
    return {key: each for key, each in _plain(value).items() if key in Meant.model_fields}


def _plain(part: Settings | None) -> dict[str, Any]:
    return {} if part is None else part.model_dump(mode="json", exclude_defaults=True)
