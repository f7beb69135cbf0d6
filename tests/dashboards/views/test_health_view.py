"""What the record process says of itself, and what of it is trouble."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from dashboards.views.health import read_health
from readings.times import MINUTE, SECOND, format_time, parse_time

NOW = parse_time("2026-12-01T00:00:00Z")

BOOKS = {"acquired": 5, "duplicate": 1, "stored": 2, "waiting": 2, "quarantined": 0, "balance": 0}
SOURCE: dict[str, Any] = {
    "name": "plc",
    "connected": True,
    "readings": 5,
    "missed": 0,
    "errors": {"no answer": 1},
    "last_good": NOW,
    "failure": "",
}


def write(path: Path, *, age: int = 0, **more: Any) -> None:
    said = {
        "at": format_time(NOW - age),
        "started": format_time(NOW - MINUTE),
        "books": BOOKS,
        "journal": {"last": 9, "clerk": 9, "too_late_to_decide": 0},
        "ledger": {"records": 3},
        "trouble": [],
        "sources": [],
        "influxdb": None,
    }
    path.write_text(json.dumps(said | more), encoding="utf-8")
    os.utime(path, ns=(NOW - age, NOW - age))


def test_a_file_that_was_touched_or_copied_is_no_younger_for_it(tmp_path: Path) -> None:
    """What it says of its own age counts; so does the file's, where that is older."""
    path = tmp_path / "health.json"
    write(path, age=MINUTE)
    os.utime(path, ns=(NOW, NOW))
    assert (read_health(path, now=NOW).age, read_health(path, now=NOW).speaks) == (MINUTE, False)
    write(path, at=format_time(NOW + MINUTE))
    os.utime(path, ns=(NOW - MINUTE, NOW - MINUTE))
    assert not read_health(path, now=NOW).speaks


def test_all_is_well(tmp_path: Path) -> None:
    """Nothing is found where nothing is."""
    write(tmp_path / "health.json")
    health = read_health(tmp_path / "health.json", now=NOW)
    assert health.speaks
    assert health.well


def test_after_ten_seconds_it_does_not_speak_any_more(tmp_path: Path) -> None:
    """Then nothing that it said is of now."""
    write(tmp_path / "health.json", age=11 * SECOND)
    health = read_health(tmp_path / "health.json", now=NOW)
    assert not health.speaks
    assert [(each.code, each.number) for each in health.findings] == [("silent", 11)]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"books": BOOKS | {"balance": 3}}, "books"),
        ({"trouble": [{"kind": "ledger", "words": "the clerk cannot write"}]}, "said"),
        ({"journal": {"last": 900, "clerk": 9, "too_late_to_decide": 0}}, "clerk"),
        ({"sources": [SOURCE | {"connected": False}]}, "source"),
        ({"influxdb": {"reading": {"poison": 2, "trouble": None, "written": 1}}}, "copy"),
        ({"influxdb": {"reading": {"poison": 0, "trouble": "no answer", "written": 1}}}, "copy"),
    ],
)
def test_what_is_not_well_is_found(tmp_path: Path, more: dict[str, Any], code: str) -> None:
    """Each by its name."""
    write(tmp_path / "health.json", **more)
    assert [each.code for each in read_health(tmp_path / "health.json", now=NOW).findings] == [code]


@pytest.mark.parametrize(("lying", "codes"), [(2, ["copy", "quarantine"]), (0, [])])
def test_points_that_were_refused_and_settled_are_no_trouble_any_more(
    tmp_path: Path, lying: int, codes: list[str]
) -> None:
    """The copy counts what was refused since the start; once all of it is settled, nothing is to be done."""
    copies = {"reading": {"poison": 2, "trouble": None, "written": 1}}
    write(tmp_path / "health.json", influxdb=copies, quarantine={"reading": 0, "copy": lying})
    assert [each.code for each in read_health(tmp_path / "health.json", now=NOW).findings] == codes


def test_a_silent_unit_is_found(tmp_path: Path) -> None:
    """One unit of a link that is connected: it is named; of a link that is not, the link alone."""
    units: list[dict[str, Any]] = [
        {"unit": 1, "connected": True, "since": None},
        {"unit": 3, "connected": False, "since": NOW - MINUTE},
    ]
    write(tmp_path / "health.json", sources=[SOURCE | {"units": units}])
    assert found(tmp_path) == [("plc unit 3", NOW - MINUTE)]
    units[0] |= {"connected": False, "since": NOW - SECOND}
    write(tmp_path / "health.json", sources=[SOURCE | {"units": units, "connected": False}])
    assert found(tmp_path) == [("plc", NOW - SECOND)], "since the last of them went"
    del units[0]["since"]  # as an earlier release wrote it
    write(tmp_path / "health.json", sources=[SOURCE | {"units": units, "connected": False}])
    assert found(tmp_path) == [("plc", None)]


def found(folder: Path) -> list[tuple[str, int | None]]:
    """What is found, and since when."""
    return [(each.about, each.since) for each in read_health(folder / "health.json", now=NOW).findings]


def node(name: str, *devices: dict[str, Any], **more: Any) -> dict[str, Any]:
    counts = {"births": 1, "deaths": 0, "last_heard": NOW, "since": None, "connected": True, "read": True}
    told = {"node": name, "born": True, "lost": 0, "asked": 0, **counts} | more
    return told | {"devices": [counts | each for each in devices]}


def test_an_edge_node_or_a_device_that_is_gone_is_found(tmp_path: Path) -> None:
    """With its name and since when; of a node that is gone the node alone, and nothing that the site does not read."""
    gone = {"connected": False, "since": NOW - MINUTE}
    nodes = [
        node(
            "plant/packer",
            {"device": "cs1"},
            {"device": "cs2"} | gone,
            {"device": "lamp", "read": False} | gone,
        ),
        node("plant/oven", {"device": "z1"} | gone, **gone),
        node("plant/office", {"device": "x"} | gone, read=False, **gone),
        node("plant/new", connected=False),
    ]
    write(tmp_path / "health.json", sources=[SOURCE | {"name": "edge", "nodes": nodes}])
    assert found(tmp_path) == [
        ("edge device plant/packer/cs2", NOW - MINUTE),
        ("edge node plant/oven", NOW - MINUTE),
        ("edge node plant/new", None),
    ]


def test_a_clock_that_was_set_back_is_found(tmp_path: Path) -> None:
    """The record is ahead of the clock, and time stands still until it has caught up."""
    write(tmp_path / "health.json")
    health = read_health(tmp_path / "health.json", now=NOW, tick=NOW + 5 * MINUTE)
    assert [(each.code, each.number) for each in health.findings] == [("clock", 300)]


@pytest.mark.parametrize(
    "more",
    [
        {"at": 3},
        {"at": "yesterday"},
        {"started": None},
        {"books": {"balance": 0}},
        {"books": BOOKS | {"balance": "none"}},
        {"journal": {"last": "9", "clerk": 9, "too_late_to_decide": 0}},
        {"journal": {"last": 9, "clerk": -1, "too_late_to_decide": 0}},
        {"ledger": []},
        {"trouble": "disk full"},
        {"trouble": ["disk full"]},
        {"sources": [SOURCE | {"last_good": 10**30}]},
        {"sources": [SOURCE | {"errors": ["no answer"]}]},
        {"influxdb": {"reading": 5}},
    ],
)
def test_nonsense_in_one_place_makes_all_of_it_unreadable(tmp_path: Path, more: dict[str, Any]) -> None:
    """No page may break on it, or show half of it."""
    write(tmp_path / "health.json", **more)
    health = read_health(tmp_path / "health.json", now=NOW)
    assert not health.speaks
    assert not health.said
    assert [each.code for each in health.findings] == ["unreadable"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "\x00", '{"at": "\\ud800"}', '{"at": 3}', '{"at": "2026-12-01T00:00:00Z"}']
)
def test_what_cannot_be_read_is_trouble_not_an_error(tmp_path: Path, text: str) -> None:
    """The page says so; it does not break."""
    (tmp_path / "health.json").write_text(text)
    health = read_health(tmp_path / "health.json", now=NOW)
    assert not health.speaks
    assert health.findings[0].code == "unreadable"


def test_a_record_that_never_spoke(tmp_path: Path) -> None:
    """No file is no health."""
    health = read_health(tmp_path / "health.json", now=NOW)
    assert not health.speaks
    assert health.findings[0].code == "never"
