"""A site's own device profiles, and by what each of its series is read, in the journal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.profiles.library import Library
from haccpline.device_profiles import own_library
from haccpline.record import acts_of_site
from haccpline.site import Site, load_site
from readings.errors import HaccplineError
from rules.faults import PlanError

EXAMPLE = Path(__file__).parents[2] / "examples" / "cold_store"
OWN = """\
profile: my-room
name: {en: Our room, zh: 本厂冷间}
kind: refrigeration
maker: ourselves
model: panel 3
source: [{document: wiring of panel 3, edition: "2026-03"}]
values:
  air: {name: {en: Air, zh: 空气}, at: holding 10, type: int16, scale: 0.1, unit: degC, sentinels: [-32768]}
  defrost: {name: {en: Defrost, zh: 除霜}, at: coil 3, type: bool}
"""
SITE = """\
site: {site}
plans: [plan.yaml]
profiles: [{profiles}]
sources:
  - name: panel
    modbus: tcp://10.0.0.5
    profile: my-room
    reads:
{reads}
"""


def site(folder: Path, *, own: str = OWN, profiles: str = "own", use: str = "") -> Site:
    """The example's plan, read by a profile of the site's own: every series of the plan from one register."""
    plan = load_site(EXAMPLE / "site.yaml")
    folder.mkdir(exist_ok=True)
    shutil.copy(EXAMPLE / "plan.yaml", folder / "plan.yaml")
    (folder / "own").mkdir(exist_ok=True)
    series = sorted(plan.units(), key=str)
    units = {each: unit.name for each, unit in plan.units().items()}
    values = [
        f"  v{n}: {{name: {{en: v, zh: v}}, at: holding {10 * n}, "
        + ("type: text, length: 4}" if units[each] == "text" else f"type: int16, unit: {units[each]}}}")
        for n, each in enumerate(series)
    ]
    (folder / "own" / "room.yaml").write_text(own + "\n".join(values) + "\n", encoding="utf-8")
    reads = [f"      v{n}: {each}" for n, each in enumerate(series)]
    reads[0] = use.format(series=series[0]) or reads[0]
    path = folder / "site.yaml"
    path.write_text(
        SITE.format(site=plan.file.site, profiles=profiles, reads="\n".join(reads)), encoding="utf-8"
    )
    return load_site(path)


def test_a_site_reads_by_a_profile_of_its_own(tmp_path: Path) -> None:
    """A folder of profiles beside the site file; each series says by which profile, value and version it is read."""
    loaded = site(tmp_path)
    version = loaded.profiles.named("my-room").version
    decoding = loaded.decoding()
    assert set(decoding) == set(map(str, loaded.units()))
    assert set(decoding.values()) == {f"my-room/v{n}@{version}" for n in range(len(decoding))}


def test_the_journal_hears_it_once(tmp_path: Path) -> None:
    """`site.bound` is said when it is new, not again while it is the same, and anew when a scale or calibration changes."""
    loaded = site(tmp_path)
    (bound,) = acts_of_site(loaded, [], bound=None, now=1)
    assert bound.kind == "site.bound"
    assert bound.body["decoding"] == loaded.decoding()
    assert acts_of_site(loaded, [], bound=bound.body, now=2) == []
    rescaled = site(tmp_path, own=OWN.replace("scale: 0.1", "scale: 0.01"))
    (again,) = acts_of_site(rescaled, [], bound=bound.body, now=3)
    assert again.body["decoding"] != bound.body["decoding"]
    use = "      v0: {{reads: {series}, two_point: [[0, 0.2], [100, 100.1]]}}"
    calibrated = site(tmp_path, use=use).decoding()
    changed = [name for name in calibrated if calibrated[name] != loaded.decoding()[name]]
    assert len(changed) == 1
    assert calibrated[changed[0]].startswith(loaded.decoding()[changed[0]] + "+")


def test_a_record_from_before_there_were_profiles(tmp_path: Path) -> None:
    """What an older release bound is compared as it is: the decoding is new, and is said."""
    loaded = site(tmp_path)
    assert len(acts_of_site(loaded, [], bound={"instruments": {}}, now=1)) == 1


def test_channels_have_a_version_too() -> None:
    """A channel written out in the site file is hashed: the example's series all say by what they are read."""
    loaded = load_site(EXAMPLE / "site.yaml")
    modbus = {name: said for name, said in loaded.decoding().items() if said.startswith("channel@")}
    assert set(modbus) == set(loaded.decoding())


@pytest.mark.parametrize(
    ("own", "profiles", "message"),
    [
        (OWN.replace("type: int16", "type: int17", 1), "own", r"room\.yaml:8:\d+"),
        (OWN, "nowhere", "no such file or folder of device profiles"),
        (OWN, "own, own/room.yaml", "a profile named my-room stands in"),
        (OWN.replace("my-room", "your-room"), "own", "no profile is named 'my-room'; did you mean your-room"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, own: str, profiles: str, message: str) -> None:
    """A fault in a profile is told with file and line, one in the site file with its place there."""
    with pytest.raises(PlanError, match=message):
        site(tmp_path, own=own, profiles=profiles)


def test_no_profiles_of_its_own() -> None:
    """A site that says nothing has those that come with the program."""
    assert list(own_library(Path(), [])) == list(Library())
    with pytest.raises(HaccplineError, match="no such file"):
        own_library(Path(), ["nowhere.yaml"])
