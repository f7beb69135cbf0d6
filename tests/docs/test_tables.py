"""The tables of the data dictionary say what the program does."""

from __future__ import annotations

import json
import re
import sqlite3
from fractions import Fraction
from pathlib import Path

import docs_pages as pages
import numpy as np
import pytest

from haccpline.export import export_package
from haccpline.health_feed import health_lines
from haccpline.replay import replay_file
from haccpline.site import load_site, read_plan
from ingest.completeness import Completeness
from ingest.completeness_feed import completeness_feed
from ingest.lineprotocol import reading_lines, verdict_line
from ledger.case_book import PAST
from ledger.decision_records import KIND_OF
from ledger.people import ROLES
from ledger.segments import HEADER
from readings.block import BlockBuilder
from readings.errors import UnitError
from readings.inputs import Series
from readings.quality import REASON_TEXT, Reason
from readings.units import UNITS, conversion, unit_named
from rules.cases import TRANSITIONS
from rules.lint import RULES
from rules.timeline import Verdict
from simulators.modbus_device import REMAINING, SEQUENCE, TIME, VALUES

PAGE = "data-dictionary.md"


def _words(text: str) -> list[str]:
    return [word for word in re.split(r",\s*", text) if word]


def test_reasons() -> None:
    """Every reason stands there with its code, its text and the quality that goes with it."""
    rows = pages.table(PAGE, "code", "reason", "quality", "meaning")
    shown = [(int(row["code"]), row["reason"].replace("(empty)", ""), row["quality"]) for row in rows]
    assert shown == [(int(each), REASON_TEXT[int(each)], each.quality.name.lower()) for each in Reason]
    assert all(row["meaning"] for row in rows)


def test_units() -> None:
    """Every unit stands there with its dimension, factor and offset."""
    rows = pages.table(PAGE, "unit", "measures", "factor", "offset")
    shown = [(row["unit"], row["measures"], Fraction(row["factor"]), Fraction(row["offset"])) for row in rows]
    assert shown == [(unit.name, unit.dimension, unit.factor, unit.offset) for unit in UNITS.values()]


def test_refused_units() -> None:
    """Each row of what is refused is refused, in the words shown, either way."""
    rows = pages.table(PAGE, "from", "to", "refused, because")
    assert len(rows) > 10
    for row in rows:
        for source, target in ((row["from"], row["to"]), (row["to"], row["from"])):
            with pytest.raises(UnitError) as refused:
                conversion(unit_named(source), unit_named(target))
            assert str(refused.value) == f"{source} cannot become {target}: {row['refused, because']}"


def test_spellings_of_units() -> None:
    """Each spelling that the text shows is read, or refused, as it says."""
    text = (pages.DOCS / PAGE).read_text(encoding="utf-8")
    read, refused = re.search(
        r"Another way to write a unit(.*?)What could be two things(.*?)is refused", text, re.DOTALL
    ).groups()
    names = re.findall(r"`([^`]+)`", read)
    assert len(names) > 10
    for name in names:
        assert unit_named(name).name in UNITS
        assert name not in UNITS
    for name in re.findall(r"`([^`]+)`", refused):
        with pytest.raises(UnitError, match="did you mean"):
            unit_named(name)


def test_warnings_of_check() -> None:
    """Every rule that doubts plans stands in the table, in its own words."""
    rows = pages.table("plan-language.md", "warning", "given for")
    assert [(row["warning"], row["given for"]) for row in rows] == [
        (rule.name, rule.about) for rule in RULES.values()
    ]


def _measurements() -> list[list[dict[str, str]]]:
    return [rows for rows in pages.tables(PAGE) if tuple(rows[0]) == ("name", "role", "type", "content")]


def _roles(line: str) -> tuple[set[str], dict[str, str]]:
    """Tags, and type by field, of a line of line protocol without spaces in its texts."""
    head, fields, _ = line.split(" ")
    tags = {part.partition("=")[0] for part in head.split(",")[1:]}
    kinds = {}
    for part in fields.split(","):
        name, _, value = part.partition("=")
        kinds[name] = (
            "string"
            if value.startswith('"')
            else "boolean"
            if value in ("true", "false")
            else "integer"
            if value.endswith("i")
            else "float"
        )
    return tags, kinds


def test_influxdb_points() -> None:
    """The measurements of readings and verdicts have exactly the tags and fields of the tables, of the types named."""
    builder = BlockBuilder()
    builder.reading(Series("l", "s"), time=1, value=1.5, raw=15.0, reason=Reason.SENTINEL, received=2, seq=3)
    builder.reading(Series("l", "s"), time=1, value=1.5, raw=15.0, received=2, seq=3)
    bad, good = (line.decode() for line in reading_lines(builder.build(), "x"))
    verdict = verdict_line(
        site="x", line="l", ccp="c", limit="a", unit="u", time=1, verdict="ok", revision=0, worst=1.0
    ).decode()
    reading_table, verdict_table, *_ = _measurements()
    for line, rows in ((good, reading_table), (verdict, verdict_table)):
        tags, fields = _roles(line)
        assert tags == {row["name"] for row in rows if row["role"] == "tag"}
        assert fields == {row["name"]: row["type"] for row in rows if row["role"] == "field"}
    assert "value=" not in bad


def test_influxdb_points_of_the_record_itself(tmp_path: Path) -> None:
    """So have those of completeness, gaps and health."""
    *_, hour_table, gap_table, health_table = _measurements()
    store = Completeness(tmp_path / "completeness.db", read_only=False)
    with store.database.write() as connection:
        connection.execute("INSERT INTO series VALUES (1, 'l', 's', '1', 5, '{}')")
        connection.execute("INSERT INTO expected VALUES (1, 0, 60000000000)")
        connection.execute("INSERT INTO hour VALUES (1, 0, 1, 2, 3, 1)")
        connection.execute("INSERT INTO gap VALUES (1, 5, 9, 'silence', 'silence', 1, 1)")
        connection.execute("UPDATE head SET change = 1, tick = 7200000000000")
    _, (hour, gap) = completeness_feed(store, "x").read(0)
    store.close()
    books = dict.fromkeys(("acquired", "stored", "duplicate", "quarantined", "waiting"), 1)
    said = {
        "books": books,
        "books_by_source": {"a": books},
        "held": {"bytes": 1},
        "journal": {"last": 2, "clerk": 1},
        "quarantine": {"reading": 1, "copy": 2},
        "completeness": {"gaps": 1},
        "clock": {"skew_seconds": {"a": 0.5}},
        "trouble": [],
        "sources": [{"name": "a", "connected": True, "missed": 0}],
    }
    whole, source = health_lines("x", said, 5)
    for lines, rows in (([hour], hour_table), ([gap], gap_table), ([whole, source], health_table)):
        tags, fields = _roles(lines[0].decode())
        for line in lines[1:]:
            fields |= _roles(line.decode())[1]
        assert tags == {row["name"] for row in rows if row["role"] == "tag"}
        assert fields == {row["name"]: row["type"] for row in rows if row["role"] == "field"}


def test_verdicts_are_all_named() -> None:
    """The verdicts that there are stand in the table of the measurement and in that of replay."""
    named = [row["content"] for row in _measurements()[1] if row["name"] == "verdict"]
    named += [row["content"] for row in pages.table(PAGE, "key", "content") if row["key"] == "verdict"]
    assert [_words(each) for each in named] == [[str(verdict) for verdict in Verdict]] * 2


def test_canonical_csv() -> None:
    """The columns stand there in their order."""
    assert [row["column"] for row in pages.table(PAGE, "column", "content")] == HEADER.split(",")


def _kinds() -> dict[str, set[str]]:
    """Keys of the body, by record kind, as the table has them; what stands in brackets is no key."""
    found: dict[str, set[str]] = {}
    for row in pages.table(PAGE, "kind", "body"):
        body = re.sub(r"\([^)]*\)", "", row["body"].partition(":")[0])
        for kind in _words(row["kind"]):
            found[kind] = set(_words(body.replace(" ,", ",").strip()))
    for what in ("opened", "revised", "returned", "withdrawn"):
        for event in KIND_OF.values():
            found[f"{event}.{what}"] = found[f"deviation.{what}"]
    return {kind: {key.strip() for key in keys} for kind, keys in found.items()}


def test_record_kinds_are_all_named() -> None:
    """Each step of a case and each change of an event has its record kind in the table."""
    kinds = set(_kinds())
    assert {f"case.{past}" for past in PAST.values()} <= kinds
    for event in KIND_OF.values():
        assert {f"{event}.{what}" for what in ("opened", "revised", "returned", "withdrawn")} <= kinds


def test_records_have_the_bodies_named(plant: Path) -> None:
    """The records of a real ledger are of kinds in the table, with just the keys that stand there."""
    site = load_site(plant / "examples" / "cold_store" / "site.yaml")
    export_package(site, plant / "tables.zip", start=None, end=None, lines=None)
    store = sqlite3.connect(f"file:{site.data / 'ledger.db'}?mode=ro", uri=True)
    try:
        records = store.execute("SELECT kind, body FROM record").fetchall()
    finally:
        store.close()
    kinds = _kinds()
    assert {"plan.adopted", "verdict", "deviation.opened", "case.opened", "segment.sealed"} <= {
        kind for kind, _ in records
    }
    for kind, body in records:
        assert set(json.loads(body)) == kinds[kind], kind


def test_steps_of_a_case() -> None:
    """What each step needs, who may do it and where it leads is what the workflow says."""
    rows = pages.table(PAGE, "step", "while the case is", "leads to", "by", "needs", "signed")
    shown = {
        row["step"]: (
            _words(row["while the case is"]),
            row["leads to"],
            _words(row["by"]),
            _words(row["needs"]),
            row["signed"] == "yes",
        )
        for row in rows
    }
    assert shown == {
        name: (
            [str(stage) for stage in step.stages],
            str(step.leads or ""),
            list(step.roles),
            list(step.needs),
            step.signed,
        )
        for name, step in TRANSITIONS.items()
    }
    assert {role for each in shown.values() for role in each[2]} <= set(ROLES)


def test_replay_keys(plant: Path) -> None:
    """A decision has the keys of the table, in their order."""
    folder = plant / "examples" / "cold_store"
    decision = next(iter(replay_file(read_plan(folder / "plan.yaml")[0], folder / "readings.csv")))
    assert [row["key"] for row in pages.table(PAGE, "key", "content")] == list(decision)


def test_registers_of_the_simulated_device() -> None:
    """The registers begin where the device has them."""
    firsts = [int(row["registers"].split()[0]) for row in pages.table(PAGE, "registers", "content")]
    assert firsts == [REMAINING, TIME, SEQUENCE, VALUES]


def test_files_of_a_package(plant: Path) -> None:
    """Every file of a real package is one of the table."""
    import zipfile

    site = load_site(plant / "examples" / "cold_store" / "site.yaml")
    export_package(site, plant / "files.zip", start=None, end=None, lines=None)
    patterns = [
        re.sub(r"[A-Z]{2,}(?=[/.])", "[^/]+", name) if "/" in name else re.escape(name)
        for row in pages.table(PAGE, "file", "content")
        for name in _words(row["file"])
    ]
    names = zipfile.ZipFile(plant / "files.zip").namelist()
    used = np.zeros(len(patterns), np.bool_)
    for name in names:
        matched = [re.fullmatch(pattern, name) is not None for pattern in patterns]
        assert any(matched), name
        used |= matched
    assert used.all()
