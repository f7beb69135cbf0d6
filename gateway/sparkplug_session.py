"""What the births of an edge node's session define: names, types and aliases of its metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.errors import PayloadError
from gateway.sparkplug_payload import Metric
from gateway.sparkplug_value import type_name, type_of

BDSEQ = "bdSeq"


class UnknownMetricError(PayloadError):
    """A metric says neither its name and type, nor anything that a known birth defines."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A metric as its birth defines it.

    Attributes:
        name: of the metric.
        datatype: Sparkplug's number of its type.
        unit: the engineering unit that the birth names; None where it names none.
    """

    name: str
    datatype: int
    unit: str | None = None


class Session:
    """One session of an edge node, from its NBIRTH on.

    Attributes:
        bdseq: number that its NDEATH will name; None where the birth has none.
        sent: when the NBIRTH was sent by the node's clock, ms; None where it does not say.
        devices: those that are alive.
        known: those that were born in it.
    """

    def __init__(self, bdseq: int | None, sent: int | None) -> None:
        self.bdseq = bdseq
        self.sent = sent
        self.devices: set[str] = set()
        self.known: set[str] = set()
        self._named: dict[tuple[str | None, str], Definition] = {}
        self._aliases: dict[int, tuple[str | None, Definition] | None] = {}  # None: it stands for two metrics

    def bear(self, device: str | None, metrics: Iterable[Metric]) -> None:
        """Take up a birth: of the node itself, or of one of its devices."""
        if device is not None:
            self.bury(device)
            self.devices.add(device)
            self.known.add(device)
        for metric in metrics:
            datatype = type_of(metric)
            if metric.name is None or datatype is None:
                continue
            made = Definition(metric.name, datatype, metric.unit)
            self._named[device, metric.name] = made
            if metric.alias is not None:
                before = self._aliases.setdefault(metric.alias, (device, made))
                if before is not None and (before[0], before[1].name) != (device, made.name):
                    self._aliases[metric.alias] = None

    def bury(self, device: str) -> None:
        """A device is gone; what its birth defined means nothing any more."""
        self.devices.discard(device)
        for key in [key for key in self._named if key[0] == device]:
            del self._named[key]
        for alias in [alias for alias, of in self._aliases.items() if of is not None and of[0] == device]:
            del self._aliases[alias]

    def aliases(self, device: str | None) -> dict[int, Definition]:
        """What each alias of a device stands for; of the node itself for None."""
        return {alias: of[1] for alias, of in self._aliases.items() if of is not None and of[0] == device}

    def definition(self, device: str | None, metric: Metric) -> Definition | None:
        """What a metric of a message from there is; None where no birth defines it.

        Raises:
            PayloadError: the message contradicts the birth.
        """
        found = None
        if metric.alias is not None and metric.alias in self._aliases:
            of = self._aliases[metric.alias]
            if of is None:
                raise PayloadError(f"alias {metric.alias} stands for two metrics in the births of the node")
            owner, found = of
            if owner != device:
                raise PayloadError(f"alias {metric.alias} belongs to {owner or 'the node itself'}")
            if metric.name is not None and metric.name != found.name:
                raise PayloadError(
                    f"alias {metric.alias} stands for {found.name!r}, and the message says {metric.name!r}"
                )
        elif metric.name is not None:
            found = self._named.get((device, metric.name))
        if found is not None and metric.datatype not in (None, found.datatype):
            assert metric.datatype is not None
            raise PayloadError(
                f"{found.name!r} was born as {type_name(found.datatype)}, and is sent as {type_name(metric.datatype)}"
            )
        return found


def defined(session: Session | None, device: str | None, metric: Metric) -> Definition:
    """What a metric is: by its birth, or by its own words where they leave nothing open.

    Args:
        session: whose births hold; None where none is known to hold.
        device: where the message came from; None for the node itself.
        metric: of the message.

    Raises:
        UnknownMetricError: nothing known defines it.
        PayloadError: the message contradicts the birth.
    """
    found = session.definition(device, metric) if session else None
    if found is not None:
        return found
    datatype = type_of(metric)
    if metric.name is not None and datatype is not None:
        return Definition(metric.name, datatype, metric.unit)
    said = f"alias {metric.alias}" if metric.name is None else f"{metric.name!r} without a type"
    if metric.name is None and metric.alias is None:
        said = "a metric with neither name nor alias"
    raise UnknownMetricError(f"no birth that holds says what {said} is")


def bdseq_of(metrics: Iterable[Metric]) -> int | None:
    """The number that binds an NDEATH to its NBIRTH; None where there is none."""
    for metric in metrics:
        if metric.name == BDSEQ and metric.kind in ("int", "long") and not metric.null:
            assert isinstance(metric.value, int)
            return metric.value
    return None
