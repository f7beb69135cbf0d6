"""Device profiles: each value of each is held against registers, published ones where there are."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from gateway.acquire import acquire
from gateway.decode import Order
from gateway.decoder import Decoder
from gateway.errors import SourceError
from gateway.meaning import meaning
from gateway.modbus_settings import ModbusSource
from gateway.profiles.library import FOLDER, Library, shipped
from gateway.profiles.profile import Profile, Use
from gateway.profiles.trial import spans_of, tried
from gateway.requests import Span
from gateway.scan import Scan
from readings.quality import REASON_NAMED, Quality, Reason
from readings.units import unit_named

_TABLES = ("coil", "discrete", "holding", "input")


@cache
def cases() -> dict[str, list[dict[str, Any]]]:
    text = Path(__file__).with_name("profile_bytes.yaml").read_text(encoding="utf-8")
    found: dict[str, list[dict[str, Any]]] = YAML(typ="safe", pure=True).load(text)
    return found


def scanned(case: dict[str, Any]) -> Scan:
    """What a device with these registers says, and refuses."""
    numbers = {
        (table, first + place): word
        for table in _TABLES
        for first, words in case.get(table, {}).items()
        for place, word in enumerate(words)
    }
    return Scan(numbers=numbers)


EACH = [
    pytest.param(name, number, id=f"{name}-{number}")
    for name, several in cases().items()
    for number in range(len(several))
]


@pytest.mark.parametrize(("name", "number"), EACH)
def test_registers_become_values(name: str, number: int) -> None:
    """Address, type, order, scale, sentinels and status of a profile make of these registers what is known of them."""
    case = cases()[name][number]
    profile, scan = Library().named(name), scanned(case)
    for channel in profile.channels({value: value for value in case["values"]}):
        means = meaning(channel, order=Order.ABCD, target=unit_named(channel.unit))
        (given,) = Decoder([means], means.spans).read([scan.answer(span) for span in means.spans])
        expected = case["values"][channel.reads]
        if isinstance(given, str):
            assert given == expected, channel.reads
            continue
        assert isinstance(given, tuple)
        value, _, reason = given
        if isinstance(expected, str):
            assert reason is REASON_NAMED[expected], channel.reads
        elif isinstance(expected, list):
            assert (value, reason) == (expected[0], REASON_NAMED[expected[1]]), channel.reads
        else:
            assert reason is Reason.NONE, channel.reads
            assert value == pytest.approx(expected, abs=5e-9), (
                channel.reads
            )  # as many places as are published


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_value_of_every_profile_is_tried(name: str) -> None:
    """No address of a profile is left without a case, but for repeats of one shape under another number."""
    profile = Library().named(name)
    done = {value for case in cases()[name] for value in case["values"]}
    left = set(profile.values) - done
    if name == "endress-hauser-liquiline-cm44x":  # four process values, each in five units
        left = {value for value in left if not value.startswith("ai")}
    assert left == set()
    assert all(case["from"].startswith(("constructed", "published: ")) for case in cases()[name])


def test_at_least_twenty_devices() -> None:
    """Real models, each with where its facts are known from; none of the two that do not speak Modbus."""
    profiles = [Library().named(name) for name in shipped()]
    assert len(profiles) >= 20
    assert all(each.source and each.maker and each.model for each in profiles)
    said = " ".join(each.model.lower() + each.maker.lower() for each in profiles)
    assert "pulsar" not in said
    assert "ce303" not in said


def test_a_fault_never_alters_a_value() -> None:
    """Whatever the status says, the raw number stays beside the missing value."""
    profile = Library().named("danfoss-ekc-202b")
    (channel,) = profile.channels({"air": "l/air"})
    means = meaning(channel, order=Order.ABCD, target=unit_named("degC"))
    assert means.measured([0xFF3F - 65536, 1, 0])[1:] == (-193.0, Reason.DEVICE_FAULT)


GOOD: dict[str, Any] = {
    "profile": "my-device",
    "name": {"en": "x", "zh": "x"},
    "kind": "water",
    "maker": "m",
    "model": "n",
    "source": [{"document": "d"}],
    "values": {"air": {"name": {"en": "a", "zh": "a"}, "at": "holding 1", "type": "int16", "unit": "degC"}},
}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"profile": "My Device"}, "String should match pattern"),
        ({"source": []}, "at least 1"),
        ({"values": {}}, "at least 1"),
        ({"values": {"Air": GOOD["values"]["air"]}}, "names of values are small letters"),
        ({"values": {"air": GOOD["values"]["air"] | {"range": [5, 1]}}}, "air: a range goes from the least"),
        ({"values": {"air": GOOD["values"]["air"] | {"sentinels": [65535]}}}, "as int16 it is -1"),
        ({"colour": "red"}, "unknown key colour; known here: identity, kind, line, maker"),
    ],
)
def test_what_is_no_profile_is_refused(said: dict[str, Any], message: str) -> None:
    """A profile says where its facts are from, and nothing that cannot be."""
    assert Profile.model_validate(GOOD).values
    with pytest.raises(ValidationError, match=message):
        Profile.model_validate(GOOD | said)


def test_a_version_is_of_what_decides_readings() -> None:
    """A better sentence makes no new version; another scale, order or status does."""
    air = GOOD["values"]["air"]
    version = Profile.model_validate(GOOD).version
    assert Profile.model_validate(GOOD | {"note": "look out", "maker": "other"}).version == version
    others = [
        GOOD | {"order": "CDAB"},
        GOOD | {"values": {"air": air | {"scale": 0.1}}},
        GOOD | {"values": {"air": air | {"sentinels": [1]}}},
        GOOD | {"values": {"air": air | {"status": [{"at": "coil 1", "means": "fault"}]}}},
        GOOD | {"identity": {"at": "holding 9", "type": "uint16", "equals": [7]}},
    ]
    versions = {Profile.model_validate(each).version for each in others}
    assert len(versions) == len(others)
    assert version not in versions


def test_versions_of_what_is_shipped_are_told_apart() -> None:
    """No two profiles that are shipped have one version."""
    versions = {Library().named(name).version for name in shipped()}
    assert len(versions) == len(shipped())


def source(**said: Any) -> ModbusSource:
    return ModbusSource.model_validate({"name": "rack", "modbus": "tcp://h"} | said)


def test_a_source_reads_values_of_a_profile() -> None:
    """What is read of a profile becomes channels; the order and the block limit of the device come with it."""
    read = source(profile="delta-dtb", reads={"process": "retort-1/tid"}, channels=[])
    (device,) = read.with_profiles(Library()).polled
    assert [channel.reads for channel in device.channels] == ["retort-1/tid"]
    assert device.block == 8
    (watlow,) = source(profile="watlow-ez-zone-pm", reads={"process": "l/a"}).with_profiles(Library()).polled
    assert watlow.channels[0].order is Order.CDAB
    assert [name for _, name in read.places()] == ["retort-1/tid"]
    assert next(read.places())[0] == ("reads", "process")


def test_a_sites_calibration_stands_on_the_profile() -> None:
    """The certificate of one probe corrects what the profile makes of its raw number."""
    use = {"reads": "cold-3/air", "every": "5 s", "two_point": [[-20, -19.6], [0, 0.4]]}
    read = source(devices=[{"unit": 3, "profile": "dixell-xr75cx", "reads": {"probe_1": use}}])
    (device,) = read.with_profiles(Library()).polled
    (channel,) = device.channels
    means = meaning(channel, order=Order.ABCD, target=unit_named("degC"))
    assert means.measured([-200]) == (-19.6, -200.0, Reason.NONE)
    assert channel.every == 5 * 10**9


@pytest.mark.parametrize("own", ["two_point", "piecewise"])
def test_a_sites_calibration_never_takes_the_place_of_the_profiles_own_line(own: str) -> None:
    """A sensor whose 5 is 100 degC by its profile would read 5.2 with the calibration of 4.8 to 5 alone."""
    values = GOOD["values"] | {"air": GOOD["values"]["air"] | {own: [[0, 0], [5, 100]]}}
    read = source(profile="hot", reads={"air": {"reads": "l/a", "two_point": [[0, 0], [4.8, 5]]}})
    library = Library([Profile.model_validate(GOOD | {"profile": "hot", "values": values})])
    with pytest.raises(SourceError, match="profile hot, value air: the profile has a line of its own"):
        read.with_profiles(library)
    alone = source(profile="hot", reads={"air": "l/a"}).with_profiles(library)
    assert len(alone.channels) == 1


def test_identity_may_be_waived() -> None:
    """A device of a make that answers otherwise is read without being known, if the site says so."""
    known = source(profile="autonics-tk", reads={"process": "l/a"}).with_profiles(Library())
    waived = source(profile="autonics-tk", reads={"process": "l/a"}, identity=False).with_profiles(Library())
    assert len(known.channels[0].status) == 2
    assert len(waived.channels[0].status) == 1


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {"profile": "carel-ir", "reads": {"air": "l/a"}},
            "no profile is named 'carel-ir'; did you mean carel-ir33",
        ),
        ({"profile": "delta-dtb", "reads": {"air": "l/a"}}, "no value 'air'; there are process, setpoint"),
        (
            {"profile": "delta-dtb", "reads": {"process": {"reads": "l/a", "two_point": [[1, 1], [1, 2]]}}},
            "delta-dtb, value process",
        ),
    ],
)
def test_what_no_profile_has_is_told(said: dict[str, Any], message: str) -> None:
    """Unknown profiles and values are refused with those there are."""
    with pytest.raises(SourceError, match=message):
        source(**said).with_profiles(Library())


def test_a_profile_and_what_is_read_of_it_go_together() -> None:
    """One without the other is refused."""
    with pytest.raises(ValidationError, match="say under reads which of its values"):
        source(profile="delta-dtb")
    with pytest.raises(ValidationError, match="reads goes with a profile"):
        source(reads={"a": "l/a"})


def test_a_profile_of_ones_own_stands_before_one_that_is_shipped() -> None:
    """The site's own profile of the same name is the one that holds."""
    own = Profile.model_validate(GOOD | {"profile": "delta-dtb"})
    library = Library([own])
    assert library.named("delta-dtb") is own
    assert list(library).count("delta-dtb") == 1
    assert "my-device" not in library
    assert Use(reads="l/a").two_point is None


def test_files_bear_the_names_of_their_profiles() -> None:
    """A file and the profile in it have one name, so that one is found by the other."""
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {
        Library().named(name).profile for name in shipped()
    }


def test_a_trial_says_what_fits() -> None:
    """A device known by its register fits wholly; one without it does not, whatever its numbers are."""
    tk = Library().named("autonics-tk")
    fits = tried(tk, scanned(cases()["autonics-tk"][0]))
    assert (fits.known, fits.there, fits.outside, fits.verdict) == (True, 8, 0, "fits")
    other = tried(tk, scanned(cases()["autonics-tk"][2]))
    assert (other.known, other.verdict) == (False, "no")
    nothing = tried(tk, Scan(refused={("input", at): Reason.ILLEGAL_ADDRESS for at in range(2000)}))
    assert (nothing.there, nothing.verdict) == (0, "no")
    assert Span("input", 1000, 4) in spans_of(tk) or any(
        span.holds(Span("input", 1000, 4)) for span in spans_of(tk)
    )


def test_a_trial_sees_what_cannot_be() -> None:
    """A value outside of the range stated makes a fit doubtful."""
    humid = Library().named("jxct-temperature-humidity")
    wrong = tried(humid, Scan(numbers={("holding", 0): 5000, ("holding", 1): 215}))
    assert wrong.values[1].name == "humidity"
    assert wrong.values[1].within is False
    assert (wrong.outside, wrong.verdict) == (1, "doubtful")
    part = tried(humid, Scan(numbers={("holding", 0): 500}, refused={("holding", 1): Reason.ILLEGAL_ADDRESS}))
    assert (part.there, part.verdict) == (1, "partly")
    assert part.values[0].reason.quality is Quality.BAD


async def test_a_device_is_polled_by_its_profile(
    raw_device: Any, intake: Any, units: Any, running_for: Any
) -> None:
    """On a real socket: the registers of the profile are asked, and the value arrives in the plan's unit."""
    device = raw_device(rtu=False)

    async def tenths(_number: int, address: int, count: int) -> bytes:
        return bytes([3, 2 * count]) + b"".join(
            (1215 + at - 4096).to_bytes(2, "big") for at in range(address, address + count)
        )

    device.script = tenths
    async with device.running():
        read = source(
            modbus=f"tcp://127.0.0.1:{device.port}",
            every="1 s",
            profile="delta-dtb",
            reads={"process": "cold-3/core"},
        )
        async with running_for(acquire((read,), intake=intake, units=units(core="degF"), site="s")):
            await intake.until(lambda: len(intake.rows()) >= 1)
    name, _, value, reason, _ = intake.rows()[0]
    assert (name, value, reason) == ("cold-3/core", 250.7, Reason.NONE)  # 121.5 degC
