"""The device profiles of a site: its own beside those that come with the program, and what each reading rests on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.decode import Order
from gateway.modbus_settings import ModbusDevice, ModbusSource
from gateway.profiles.library import Library
from gateway.profiles.profile import Profile, Use, meant_of
from haccpline.text_file import read_text
from readings.errors import HaccplineError
from rules.strict_model import read_model

_LETTERS = 12


def own_library(folder: Path, names: Iterable[str]) -> Library:
    """The profiles that there are for a site.

    Args:
        folder: of the site file.
        names: files of profiles, or folders of them.

    Raises:
        PlanError: a profile is wrong, with every fault of it.
        HaccplineError: a file or folder cannot be read, or two profiles have one name.
    """
    found: dict[str, tuple[Profile, Path]] = {}
    for path in _files(folder, names):
        profile = read_profile(path)
        if profile.profile in found:
            other = found[profile.profile][1]
            raise HaccplineError(f"{path}: a profile named {profile.profile} stands in {other} as well")
        found[profile.profile] = profile, path
    return Library(profile for profile, _ in found.values())


def read_profile(path: Path) -> Profile:
    """A profile in a file.

    Raises:
        PlanError: it is wrong, with every fault.
        HaccplineError: it cannot be read.
    """
    return read_model(Profile, read_text(path), str(path))[0]


def _files(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    for name in names:
        path = folder / name
        if path.is_dir():
            yield from sorted(path.glob("*.yaml"))
        elif path.exists():
            yield path
        else:
            raise HaccplineError(f"{path}: no such file or folder of device profiles")


def decoding_of(sources: Iterable[object], library: Library) -> dict[str, str]:
    """By what the numbers of each series become values: `PROFILE/VALUE@VERSION`, or `channel@HASH`.

    A calibration that the site says of a value of a profile is hashed behind it. What is so bound holds from there on in
    the journal: so the profile and the calibration of any reading are found by its place in it.

    Args:
        sources: of the site file.
        library: the profiles that there are.

    Returns:
        By `line/sensor[/point]`, as the site file writes it.
    """
    found: dict[str, str] = {}
    for source in sources:
        if not isinstance(source, ModbusSource):
            continue
        for device in source.devices or (source,):
            found |= _of_device(device, library, device.order or source.order)
    return found


def _of_device(device: ModbusDevice, library: Library, order: Order) -> dict[str, str]:
    found = {
        channel.reads: f"channel@{_hash(meant_of(channel.with_order(order)))}" for channel in device.channels
    }
    if device.profile is None:
        return found
    profile = library.named(device.profile)
    for name, use in device.reads.items():
        said = f"{profile.profile}/{name}@{profile.version}"
        if isinstance(use, Use) and (use.two_point or use.piecewise):
            said += "+" + _hash(
                use.model_dump(mode="json", exclude={"reads", "every"}, exclude_defaults=True)
            )
        found[use if isinstance(use, str) else use.reads] = said
    return found


def _hash(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:_LETTERS]
