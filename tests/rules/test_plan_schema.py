"""The JSON Schema of the plan language: what is a plan passes, what is none is marked while it is typed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rules.plan_reference import examples
from rules.plan_schema import plan_schema
from rules.strict_yaml import read_yaml

ROOT = Path(__file__).parents[2]
SCHEMA = plan_schema()
HEAD = """\
plan: cold-1
name: {zh: 冷库, en: Cold store}
site: {id: S, name: x, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
products: [{id: P, name: x, scheduled_process: {id: SP, temperature_at_most: -15.0 degC}}]
sensors:
  air: {unit: degC, points: 4 points, resolution: 0.1, every: 60 s, silent_after: 5 min}
  door: {unit: bool, every: on change, alive_every: 5 min}
ccps:
  - id: CCP1
    critical:
      - {id: air, kind: threshold, of: air, at_most: scheduled_process.temperature_at_most, confirm: 2 readings}
    operating:
      - {id: near, like: air, at_most: -17 degC}
"""


def plain(data: Any) -> Any:
    """Data as an editor sees it: numbers are numbers."""
    if isinstance(data, dict):
        return {key: plain(each) for key, each in data.items()}
    if isinstance(data, list):
        return [plain(each) for each in data]
    return float(data) if isinstance(data, Decimal) else data


def wrong(text: str) -> list[str]:
    data, _ = read_yaml(text, "plan.yaml")
    said = []
    for validator in (
        jsonschema.Draft202012Validator,
        jsonschema.Draft7Validator,
    ):  # editors know draft 7 alone
        found = validator(SCHEMA).iter_errors(plain(data))
        said.append(
            [f"{'/'.join(str(part) for part in each.absolute_path)}: {each.message}" for each in found]
        )
    assert said[0] == said[1]
    return said[0]


def shipped() -> list[Path]:
    return sorted([*(ROOT / "examples").glob("*/plan.yaml"), *(ROOT / "haccpline" / "demo").glob("*.yaml")])


def test_it_is_a_schema_of_2020_12():
    """Editors read it: it passes the meta-schema, and refers to nothing outside."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert all(ref.startswith("#/$defs/") for ref in _refs(SCHEMA))


def _refs(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for each in schema.values():
            yield from _refs(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _refs(each)


@pytest.mark.parametrize("path", shipped(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_plan_that_ships_passes(path):
    """The examples and the demo's plans are marked nowhere."""
    assert wrong(path.read_text(encoding="utf-8")) == []


def test_references_and_likeness_pass():
    """What is written out before it is judged may be written that way."""
    assert wrong(HEAD) == []


def test_the_example_of_every_kind_passes():
    """Whatever kinds there are, their examples are plans."""
    assert {name: found for name, text in examples().items() if (found := wrong(text))} == {}


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("resolution: 0.1", "resolutoin: 0.1", "sensors/air: "),
        ("kind: threshold", "kind: treshold", "ccps/0/critical/0/kind: "),
        ("kind: threshold, ", "", "ccps/0/critical/0: 'kind' is a required property"),
        ("of: air, ", "", "ccps/0/critical/0: 'of' is a required property"),
        ("scheduled_process.temperature_at_most,", "-15.0,", "ccps/0/critical/0/at_most: "),
        ("every: 60 s", "every: 60", "sensors/air/every: "),
        ("every: 60 s", "every: 60 sec", "sensors/air/every: "),
        ("2026-12-01T00:00+08:00", "2026-12-01", "effective_from: "),
        ("confirm: 2 readings", "confirm: two", "ccps/0/critical/0/confirm: "),
        ("confirm: 2 readings", "combine: most", "ccps/0/critical/0/combine: "),
        ("confirm: 2 readings", "mean_over: 1 min", "ccps/0/critical/0: "),
        (
            "{id: near, like: air, at_most",
            "{like: air, at_most",
            "ccps/0/operating/0: 'id' is a required property",
        ),
        ("like: air, at_most", "like: air, atmost", "ccps/0/operating/0: "),
        ("temperature_at_most: -15.0", "temperature: -15.0", "products/0/scheduled_process: "),
        ("plan: cold-1\n", "", ": 'plan' is a required property"),
        ("plan: cold-1\n", "plan: cold 1\n", "plan: "),
        ("{zh: 冷库, en: Cold store}", "{de: Kühlhaus}", "name: "),
        ("ccps:\n", "points:\n", ": "),
    ],
)
def test_what_is_no_plan_is_marked_where_it_stands(old, new, at):
    """One slip, and the editor underlines the place."""
    assert HEAD.count(old) == 1
    found = wrong(HEAD.replace(old, new))
    assert any(each.startswith(at) for each in found), found


def test_every_key_says_what_it_means():
    """Hovering over a key of a limit, a sensor or a CCP shows a sentence."""
    for name in ("Plan", "Line", "Sensor", "Ccp", "Threshold", "Notice", "Verification"):
        keys = SCHEMA["properties"] if name == "Plan" else SCHEMA["$defs"][name]["properties"]
        assert [key for key, each in keys.items() if not each.get("description")] == [], name
