"""What is known of the edge nodes of a Sparkplug source and of the devices behind them, counted."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """A device behind an edge node at one moment.

    Attributes:
        device: its id.
        connected: born, or heard, since it was last said to be gone.
        read: whether the site file reads anything of it.
        births: certificates heard, repeated ones included.
        deaths: how often it was said to be gone, or was not born again behind its node.
        last_heard: when it last said something, ns UTC; None if it never did.
        since: since when it is gone, ns UTC; None while it is there, and where it was never heard.
    """

    device: str
    connected: bool
    read: bool
    births: int
    deaths: int
    last_heard: int | None
    since: int | None


@dataclass(frozen=True, slots=True)
class NodeHealth:
    """An edge node at one moment.

    Attributes:
        node: its group and id, `plant/packer`.
        connected: it was heard since it was last said to be gone, on the connection that lasts.
        read: whether the site file reads anything of it, or of what is behind it.
        born: its births hold: what stands under an alias is known.
        births: certificates heard, repeated ones included.
        deaths: how often it was said to be gone.
        lost: how often a message was missing, or could not be read, so that no birth held any more.
        asked: how often it was asked for its births.
        last_heard: when it last said something, ns UTC; None if it never did.
        since: since when it is gone, ns UTC; None while it is there, and where it was never heard.
        devices: behind it, by id.
    """

    node: str
    connected: bool
    read: bool
    born: bool
    births: int
    deaths: int
    lost: int
    asked: int
    last_heard: int | None
    since: int | None
    devices: tuple[DeviceHealth, ...]


@dataclass(slots=True)
class DeviceTally:
    """The running counts of a device, or what a node has in common with one."""

    connected: bool = False
    read: bool = False
    births: int = 0
    deaths: int = 0
    last_heard: int | None = None
    since: int | None = None

    def heard(self, now: int) -> None:
        """It has said something, at this time, ns UTC."""
        self.connected, self.since, self.last_heard = True, None, now

    def gone(self, now: int) -> None:
        """It is not there any more; since when, is when that was first known."""
        if self.connected or self.since is None:
            self.connected, self.since = False, now


@dataclass(slots=True)
class NodeTally(DeviceTally):
    """The running counts of a node; `snapshot` is for others."""

    node: str = ""
    born: bool = False
    lost: int = 0
    asked: int = 0
    devices: dict[str, DeviceTally] = field(default_factory=dict)

    def device(self, name: str | None) -> DeviceTally:
        """The counts of a device; of the node itself for None."""
        return self if name is None else self.devices.setdefault(name, DeviceTally())

    def all_gone(self, now: int) -> None:
        """The node is not there any more, nor what is behind it."""
        for each in (self, *self.devices.values()):
            each.gone(now)

    def snapshot(self) -> NodeHealth:
        """The counts as they are now."""
        devices = tuple(
            DeviceHealth(
                device=name,
                connected=each.connected,
                read=each.read,
                births=each.births,
                deaths=each.deaths,
                last_heard=each.last_heard,
                since=each.since,
            )
            for name, each in sorted(self.devices.items())
        )
        return NodeHealth(
            node=self.node,
            connected=self.connected,
            read=self.read or any(each.read for each in devices),
            born=self.born,
            births=self.births,
            deaths=self.deaths,
            lost=self.lost,
            asked=self.asked,
            last_heard=self.last_heard,
            since=self.since,
            devices=devices,
        )
