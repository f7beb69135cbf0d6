"""Faults are read strictly: from a script with file and line, from an order in words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from readings.times import HOUR, MINUTE, SECOND, parse_time
from simulators.fault_script import load_faults
from simulators.faults import KINDS, RETORT, STORE, WATER, Fault, FaultError, fault_of

NOW = parse_time("2026-12-07T00:00:00+08:00")
WEEK = Path(__file__).with_name("week.yaml")


def test_a_script_has_every_kind_of_fault() -> None:
    """The week of the tests has each kind on each line where it can happen; a store's logger may get stuck, too."""
    faults = load_faults(WEEK, now=NOW)
    happening = {(fault.kind, fault.line) for fault in faults}
    assert happening == {(kind, line) for kind, of in KINDS.items() for line in of.lines} - {("stuck", STORE)}
    assert faults[0] == Fault(
        "low_ozone", WATER, NOW + 9 * HOUR, NOW + 9 * HOUR + 20 * MINUTE, sensor="o3_contact"
    )


def test_the_docs_show_faults_that_can_happen(tmp_path: Path) -> None:
    """The script and the order of the page are read as the page has them."""
    page = (Path(__file__).parents[2] / "docs" / "simulators.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"^```yml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "faults.yaml").write_text(script)
    assert len(load_faults(tmp_path / "faults.yaml", now=NOW)) == 3
    (ordered,) = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert fault_of(json.loads(ordered), now=NOW).kind == "low_ozone"


def test_an_order_counts_from_now() -> None:
    """`in` and `for` are durations; without `in` it happens at once; numbers may be text, as YAML has them."""
    given = {"kind": "low_ozone", "line": WATER, "in": "10 s", "for": "25 s", "size": "0.1"}
    assert fault_of(given, now=NOW) == Fault(
        "low_ozone", WATER, NOW + 10 * SECOND, NOW + 35 * SECOND, size=0.1
    )
    assert fault_of({"kind": "unplugged", "line": STORE, "for": "40 s"}, now=NOW).start == NOW
    assert str(fault_of(given, now=NOW)) == "low_ozone bottled-water for 25 s"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "fire"}, "no fault of kind 'fire'; there are low_ozone"),
        ({"line": RETORT}, "low_ozone happens on bottled-water, not on 'retort-2'"),
        ({"for": "soon"}, "'soon' is not a duration"),
        ({"for": "0 s"}, "ends before it begins"),
        ({"at": "2026-12-07T00:00:00Z", "in": "1 s"}, "either at or in"),
        ({"in": "now"}, "'now' is not a duration"),
        ({"at": "tomorrow"}, "'tomorrow' is not a time"),
        ({"size": "much"}, "size 'much' is not a number"),
        ({"size": 3}, r"mg/L that it falls to\): 3 is not in 0 to 0.3"),
        ({"sensor": "flow"}, "low_ozone of 'flow': choose from o3_contact, o3_filler"),
        ({"zone": "CS1"}, "low_ozone has no zone"),
        ({"point": "1"}, "low_ozone has no point"),
        ({"depth": 1}, "a fault has no 'depth'; its keys are kind"),
        ({"kind": "compressor", "line": STORE}, "compressor needs a zone: CS1, CS2"),
        ({"kind": "compressor", "line": STORE, "zone": "DOCK"}, "compressor of 'DOCK': choose from CS1, CS2"),
        ({"kind": "cold_spot", "line": RETORT}, "cold_spot needs a point"),
        (
            {"kind": "cold_spot", "line": RETORT, "point": "3", "sensor": "tid"},
            "cold_spot has no sensor 'tid'",
        ),
        ({"kind": "stuck", "line": RETORT}, "stuck needs a sensor"),
        ({"kind": "unplugged", "line": RETORT, "size": 1}, "unplugged has no size"),
        ({"kind": "late_upload", "line": RETORT}, "late_upload happens on cold-3"),
    ],
)
def test_wrong_faults(given: dict[str, object], message: str) -> None:
    """What cannot happen is refused, and what could is said."""
    with pytest.raises(FaultError, match=message):
        fault_of({"kind": "low_ozone", "line": WATER, "for": "1 min"} | given, now=NOW)


def test_what_is_missing_is_named() -> None:
    """An order without its parts is told which."""
    with pytest.raises(FaultError, match="a fault needs line, for"):
        fault_of({"kind": "unplugged"}, now=NOW)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("faults: [\n", r"f\.yaml:2: not readable as YAML"),
        ("fault: []\n", r"f\.yaml:1: expected `faults:`"),
        ("- kind: x\n", r"f\.yaml:1: expected `faults:`"),
        ("faults: none\n", r"f\.yaml:1: faults is a list"),
        ("faults:\n  - unplugged\n", r"f\.yaml:2: a fault is"),
        ("faults:\n  - {kind: unplugged, line: cold-3, for: [1 s]}\n", r"f\.yaml:2: for has one value"),
        ("faults:\n  - kind: unplugged\n    kind: stuck\n", r"f\.yaml:3: kind stands here a second time"),
        (
            "faults:\n  - {kind: unplugged, line: cold-3, for: 1 s}\n  - {kind: ice}\n",
            r"f\.yaml:3: a fault needs line, for",
        ),
    ],
)
def test_wrong_scripts(text: str, message: str, tmp_path: Path) -> None:
    """What cannot be read is told with file and line."""
    file = tmp_path / "f.yaml"
    file.write_text(text)
    with pytest.raises(FaultError, match=message):
        load_faults(file, now=NOW)


def test_no_script(tmp_path: Path) -> None:
    """A file that is not there, or is no text, is named."""
    with pytest.raises(FaultError, match=r"f\.yaml"):
        load_faults(tmp_path / "f.yaml", now=NOW)
    (tmp_path / "f.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FaultError, match=r"f\.yaml"):
        load_faults(tmp_path / "f.yaml", now=NOW)
