"""What the page on MQTT says that messages become is what they become."""

from __future__ import annotations

import re
import textwrap

import docs_pages as pages
import pytest

from gateway.bytes_settings import Binary
from gateway.mqtt_settings import Status
from gateway.reading_settings import Reading
from haccpline.mqtt_trial import Tried
from haccpline.site import SiteFile
from readings.inputs import Series
from readings.times import parse_time
from readings.units import unit_named
from rules.strict_model import read_model

PAGE = "mqtt.md"
NOW = parse_time("2026-12-01T12:00:00.000001Z")
UNITS = {
    Series("cold-3", sensor, point): unit_named(unit)
    for sensor, unit, points in (
        ("air", "degC", ("1", "CS1", "CS2")),
        ("humidity", "percent", ("1",)),
        ("battery", "V", ("1",)),
        ("defrost", "bool", ("1",)),
        ("door", "bool", ("1",)),
        ("phase", "text", ("1",)),
        ("lot", "text", ("1",)),
    )
    for point in points
}
_KINDS = {"yaml": [], "text": []}
for _kind in _KINDS:
    _KINDS[_kind] = [each for each in pages.fenced(_kind) if each.page == PAGE]
EXAMPLES = [
    (mapping, max((each for each in _KINDS["yaml"] if each.line < mapping.line), key=lambda each: each.line))
    for mapping in _KINDS["text"]
]


def shown(text: str) -> list[tuple[str, list[str]]]:
    """Each message with the lines under it."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("  "):
            found[-1][1].append(re.sub(r" {2,}", "  ", line.strip()))
        else:
            found.append((line, []))
    return found


@pytest.mark.parametrize(("messages", "mapping"), EXAMPLES, ids=str)
def test_messages_become_what_is_shown(messages: pages.Fenced, mapping: pages.Fenced) -> None:
    """Each message under a mapping, read by it; `...` stands for the rest of a line."""
    section = textwrap.indent(mapping.text.partition("\n")[2], "  ")
    site, _ = read_model(SiteFile, f"site: S\nplans: [plan.yaml]\nsources:\n{section}", "site.yaml")
    tried = Tried(site.sources, UNITS)
    for message, lines in shown(messages.text):
        topic, _, payload = message.partition(" ")
        trials = tried.message(topic, payload.encode(), retained=False, received=NOW)
        said = [re.sub(r" {2,}", "  ", line) for line in tried.lines(trials)]
        assert len(said) == len(lines), (message, said)
        for one, told in zip(said, lines, strict=True):
            pattern = re.escape(told).replace(re.escape("..."), ".*")
            assert re.fullmatch(pattern, one), f"{message}\n{one}"


def test_each_mapping_has_messages() -> None:
    """No mapping stands there without a message, but for the first, which shows the connection."""
    assert len({mapping.line for _, mapping in EXAMPLES}) == len(_KINDS["yaml"]) - 1


def test_every_key_is_explained() -> None:
    """Each key of a reading, of bytes and of a status stands in a table of the page."""
    told: set[str] = set()
    for rows in pages.tables(PAGE):
        for row in rows:
            told |= set(re.findall(r"\w+", next(iter(row.values()))))
    for model in (Reading, Binary, Status):
        assert set(model.model_fields) - told == set(), model.__name__
