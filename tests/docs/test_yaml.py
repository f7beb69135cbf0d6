"""The YAML that the docs show is what the program reads, and is refused with the words shown."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import docs_pages as pages
import pytest

from gateway.filemap import FileMap
from gateway.profiles.profile import Fact, Identity, Profile, Use, Value
from gateway.profiles.profile import Line as DeviceLine
from haccpline.site import SiteFile
from rules.by_hand import ByHand
from rules.control_point import Ccp, Oprp
from rules.faults import PlanError
from rules.kinds import KINDS
from rules.limit import Limit
from rules.line import Line
from rules.lint import RULES
from rules.linting import doubts
from rules.plan import Plan
from rules.plan_check import findings, load_plan
from rules.sensor import Sensor
from rules.silence import Silence
from rules.strict_model import read_model
from rules.strict_yaml import read_yaml
from rules.written_out import written_out

BLOCKS = pages.fenced("yaml")
PLANS = [each for each in BLOCKS if each.page == "plan-language.md"]
WHOLE = next(each for each in PLANS if each.text.startswith("plan:"))
PIECES = [each for each in PLANS if each.text.startswith("# in ")]
FAULTY = [each for each in PLANS if each.text.startswith("# faulty.yaml")]
_SITE_PAGES = ("site-file.md", "devices.md", "logger-files.md", "mqtt.md", "sparkplug.md")
SITES = [each for each in BLOCKS if each.page in _SITE_PAGES]


def _with(piece: str) -> dict[str, Any]:
    """The data of the whole plan with a piece at the place that its first line names."""
    data, _ = read_yaml(WHOLE.text, "plan.yaml")
    given, _ = read_yaml(piece, "piece.yaml")
    sensors = next(each.text for each in PIECES if each.text.startswith("# in sensors"))
    data["sensors"] |= read_yaml(sensors, "piece.yaml")[0]
    entered = next(each.text for each in PIECES if each.text.startswith("# in by_hand"))
    data["by_hand"] = read_yaml(entered, "piece.yaml")[0]
    products = next(each.text for each in PIECES if each.text.startswith("# in products"))
    data["products"] = read_yaml(products, "piece.yaml")[0]
    place = piece.partition("\n")[0].removeprefix("# in ")
    if place in ("critical", "operating", "instruments"):
        data["ccps"][0][place] = given
    elif place == "silence":
        data["ccps"][0][place] |= given
    elif place == "ccp":
        data["ccps"][0] |= given
    elif place == "verification":
        data[place] = given
    elif place == "products":
        assert data[place] == given
    else:
        data[place] |= given
    return dict(data)


def test_no_block_is_left_out() -> None:
    """Every block of YAML is one that a test reads; those of getting-started and of the reference by theirs."""
    assert len(PLANS) == 1 + len(PIECES) + len(FAULTY)
    elsewhere = [each for each in BLOCKS if each.page in ("getting-started.md", "plan-reference.md")]
    assert len(SITES) + len(PLANS) + len(elsewhere) == len(BLOCKS)


def test_the_whole_plan_loads() -> None:
    """The plan that the page begins with can be used."""
    assert load_plan(WHOLE.text, "plan.yaml").line_id == "cold-3"


@pytest.mark.parametrize("piece", PIECES, ids=str)
def test_pieces_fit_into_the_plan(piece: Any) -> None:
    """Each piece, put where it says, makes a plan without a fault."""
    data, wrong = written_out(_with(piece.text))
    assert wrong == []
    assert list(findings(Plan.model_validate(data))) == []


@pytest.mark.parametrize("piece", PIECES, ids=str)
def test_no_rule_stumbles_over_a_piece(piece: Any) -> None:
    """Whatever the kind of a limit is, the rules that doubt plans can read it, and say what there is in sentences."""
    said = doubts(Plan.model_validate(written_out(_with(piece.text))[0]), RULES)
    assert all(doubt.message and doubt.name in {*RULES, "idle-answer"} for doubt in said)


def test_each_kind_has_an_example() -> None:
    """Every limit kind that there is stands in a piece, and is named in the text."""
    text = (pages.DOCS / "plan-language.md").read_text(encoding="utf-8")
    for kind in KINDS:
        assert any(f"kind: {kind}" in piece.text for piece in PIECES)
        assert f"**{kind}**" in text


@pytest.mark.parametrize("faulty", FAULTY, ids=str)
def test_faults_are_told_in_the_words_shown(faulty: Any) -> None:
    """The block of text behind a faulty plan is exactly what `check` says of it."""
    shown = next(
        each.text for each in pages.fenced("text") if each.page == faulty.page and each.line > faulty.line
    )
    with pytest.raises(PlanError) as refused:
        load_plan(faulty.text, "faulty.yaml")
    assert str(refused.value) == shown.strip()


@pytest.mark.parametrize("block", SITES, ids=str)
def test_site_files_and_maps_are_read(block: Any) -> None:
    """Site files, their sections and maps of files pass the models that read them."""
    first = block.text.partition("\n")[0]
    if first == "# a map":
        assert read_model(FileMap, block.text, "map.yaml")
        return
    if first == "# a profile":
        assert read_model(Profile, block.text, "profile.yaml")
        return
    text = block.text
    if first.startswith("# in "):
        section = first.removeprefix("# in ")
        text = f"site: S\nplans: [plan.yaml]\n{section}:\n{textwrap.indent(text, '  ')}"
    assert read_model(SiteFile, text, "site.yaml")


def _keys(model: Any) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_every_key_of_a_plan_is_explained() -> None:
    """Each key of the plan, its line, sensors and limits stands in a table of the page."""
    told = _told("plan-language.md")
    for model in (Plan, Line, Sensor, ByHand, Ccp, Silence, Oprp, Limit):
        assert _keys(model) - told == set(), model.__name__


def test_every_key_of_a_site_file_is_explained() -> None:
    """Each key of the site file, its sources, InfluxDB and maps stands in a table of the page."""
    from gateway.http_settings import HttpSource, PostedValue
    from gateway.modbus_settings import Channel, ModbusDevice, ModbusSource
    from gateway.mqtt_settings import MqttSource, Topic
    from gateway.sparkplug_settings import SparkplugMetric, SparkplugSource
    from ingest.settings import InfluxSettings

    told = _told("site-file.md") | _told("mqtt.md") | _told("sparkplug.md")
    for model in (
        SiteFile,
        ModbusSource,
        ModbusDevice,
        Channel,
        MqttSource,
        Topic,
        SparkplugSource,
        SparkplugMetric,
        InfluxSettings,
        FileMap,
        HttpSource,
        PostedValue,
    ):
        assert _keys(model) - told == set(), model.__name__


def test_every_key_of_a_profile_is_explained() -> None:
    """Each key of a device profile, its values and what is read of them stands in a table of the page."""
    told = _told("devices.md") | _told("site-file.md") | _meanings("devices.md")
    for model in (Profile, Value, Use, Fact, DeviceLine, Identity):
        assert _keys(model) - told == set(), model.__name__


def _meanings(page: str) -> set[str]:
    """The keys in code that the last column of all tables of a page names."""
    cells = [list(row.values())[-1] for rows in pages.tables(page) for row in rows]
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def _told(page: str) -> set[str]:
    """The keys in the first column of all tables of a page."""
    names: set[str] = set()
    for rows in pages.tables(page):
        for row in rows:
            names |= set(re.findall(r"\w+", next(iter(row.values()))))
    return names
