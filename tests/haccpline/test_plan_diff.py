"""Two plans on the same readings: what differs in words, what is decided otherwise, and which lots that concerns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from haccpline.cli import app
from haccpline.plan_diff import plan_diff
from haccpline.plan_diff_page import page
from haccpline.plan_diff_words import counted, difference_row, lot_row, summary
from ingest.archive import ParquetArchive
from ingest.journal import SqliteJournal
from ingest.sealer import Sealer
from ingest.settings import ArchiveSettings
from readings.block import Block, BlockBuilder
from readings.errors import HaccplineError
from readings.inputs import Series, State
from readings.times import MINUTE, format_time, parse_time
from rules.plan_check import load_plan

START = parse_time("2026-12-01T00:00:00Z")
PLAN = """\
plan: store
name: Store
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-11-01T00:00:00+08:00
line: {lot: {from: lot}}
sensors:
  air: {unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}
  lot: {unit: text, every: on change}
ccps:
  - id: CCP1
    critical:
      - {id: air, kind: threshold, of: air, at_most: -15.0 degC, for_more_than: 10 min}
    operating:
      - {id: warm, kind: threshold, of: air, at_most: -17.0 degC}
"""
# minute by minute: cold for an hour, -16 for 20 min, cold for 10, -10 for 30 min, cold for an hour
VALUES = [-20.0] * 60 + [-16.0] * 20 + [-20.0] * 10 + [-10.0] * 30 + [-20.0] * 60
LOTS = [(0, "L1"), (70, "L2"), (100, "L3"), (150, "L4")]


def at(minute: float) -> int:
    return START + int(minute * MINUTE)


def changed(*pairs: tuple[str, str]) -> str:
    text = PLAN
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.fixture
def readings(tmp_path: Path) -> Path:
    """The readings and lots as a file."""
    rows = [f"{format_time(at(minute))},air,{value}" for minute, value in enumerate(VALUES)]
    rows += [f"{format_time(at(minute))},lot,{lot}" for minute, lot in LOTS]
    path = tmp_path / "readings.csv"
    path.write_text("time,sensor,value\n" + "\n".join(sorted(rows)) + "\n")
    return path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The same as a site has recorded them: most of it sealed, the last readings not yet."""
    folder = tmp_path / "data"
    folder.mkdir()
    journal = SqliteJournal(folder / "journal.db")
    archive = ParquetArchive(folder / "segments", journal)
    sealer = Sealer(archive, ArchiveSettings())
    builder = BlockBuilder()
    for minute, value in enumerate(VALUES):
        builder.reading(Series("store", "air"), time=at(minute), value=value, raw=value, received=at(minute))
        builder.reading(Series("other", "air"), time=at(minute), value=5.0, raw=5.0, received=at(minute))
        for since, lot in LOTS:
            if since == minute:
                builder.state(State(at(minute), "store", "lot", lot, "", at(minute)))
        if minute % 10 == 9:
            journal.append(builder.build(tick=at(minute)))
        if minute in (49, 119):
            sealer.seal()
    journal.close()
    return folder


def spans(found, kind: str):
    return [
        (each.what, *((said.start - START) // MINUTE if said else None for said in (each.old, each.new)))
        for each in found.decisions
        if each.kind == kind
    ]


def both(old: str, new: str, on: Path, **more):
    return plan_diff(load_plan(old, "old.yaml"), load_plan(new, "new.yaml"), on, **more)


def test_a_plan_does_not_differ_from_itself(readings):
    """The same plan, written in another way: no key, no decision, no lot differs."""
    found = both(PLAN, changed(("10 min", "600 s"), ("-15.0 degC", "-15 degC")), readings)
    assert [each.path for each in found.keys] == [
        "ccps.CCP1.critical.air.at_most"
    ]  # written with other digits
    assert not found.decisions
    assert not found.lots
    assert list(summary(found))[1] == "decided otherwise: nothing"


def test_a_lower_limit_lets_deviations_appear_and_names_the_lots(readings):
    """At -17 degC both excursions are deviations: one appears, one is as it was; L1 and L2 would be held."""
    found = both(PLAN, changed(("at_most: -15.0 degC", "at_most: -17.0 degC")), readings)
    assert [(each.path, each.old, each.new) for each in found.keys] == [
        ("ccps.CCP1.critical.air.at_most", "-15.0 degC", "-17.0 degC")
    ]
    assert spans(found, "deviation") == [("appears", None, 60)]
    assert [each.lots for each in found.decisions] == [("L1", "L2")]
    held = ("deviation", "CCP1", "air", "store")
    assert [(each.lot, each.old, each.new) for each in found.lots] == [("L1", (), (held,))]


def test_a_longer_hold_changes_when_it_is_decided_and_lets_others_vanish(readings):
    """25 min instead of 10: the same deviation is decided later; 40 min: there is none, and no lot is held."""
    later = both(PLAN, changed(("10 min", "25 min")), readings)
    (only,) = later.decisions
    assert (only.what, only.old.start, only.new.start) == ("changes", at(90), at(90))
    assert only.new.decided - only.old.decided == 15 * MINUTE
    assert not later.lots
    none = both(PLAN, changed(("10 min", "40 min")), readings)
    assert spans(none, "deviation") == [("vanishes", 90, None)]
    assert [each.lot for each in none.lots] == ["L2", "L3"]
    assert lot_row(none.lots[0]) == ("L2", "deviation CCP1 air store", "")


def test_warnings_and_limits_that_only_one_plan_has_are_compared_too(readings):
    """An operating limit left out: its warnings vanish, no lot is concerned; the key is shown whole."""
    text = PLAN[: PLAN.index("    operating:")]
    found = both(PLAN, text, readings)
    assert spans(found, "warning") == [("vanishes", 60, None), ("vanishes", 90, None)]
    assert not found.lots
    (key,) = found.keys
    assert (key.path, key.new) == ("ccps.CCP1.operating", None)
    assert "at_most: -17.0 degC" in str(key.old)
    assert counted(found) == [("CCP1", "warm", "store", "0", "2", "0")]


def test_a_monitoring_loss_is_told_once(readings):
    """A sensor that only the new plan judges by: a loss from the beginning on, one row, and a warning in words."""
    new = changed(
        ("  lot: {", "  core: {unit: degC, resolution: 0.1, every: 60 s}\n  lot: {"),
        (
            "    operating:\n",
            "    operating:\n      - {id: core, kind: threshold, of: core, at_most: -12.0 degC}\n",
        ),
    )
    new = new.replace("    operating:\n      - {id: core", "      - {id: core").replace(
        "      - {id: warm", "    operating:\n      - {id: warm"
    )
    found = both(PLAN, new, readings)
    assert [(each.limit, each.kind, each.what) for each in found.decisions] == [
        ("core", "monitoring_loss", "appears")
    ]
    (warning,) = found.warnings
    assert "store/core" in warning
    assert found.as_json()["new"]["lacking"] == ["store/core"]


def test_the_archive_of_a_site_gives_the_same_as_a_file(readings, site):
    """What a site has recorded, sealed or not: the same keys, decisions and lots as from a file."""
    new = changed(("at_most: -15.0 degC", "at_most: -17.0 degC"), ("10 min", "15 min"))
    one, other = both(PLAN, new, readings), both(PLAN, new, site)
    assert one.decisions
    assert one.as_json()["decisions"] == other.as_json()["decisions"]
    assert one.as_json()["lots"] == other.as_json()["lots"]
    assert other.watched.readings == len(VALUES)


def test_lots_are_counted_where_the_plan_says(readings):
    """Beyond from 90 to 120 min, good at 89: 40 min on the way to the filler, L4 (from 150 min on) is held as well."""
    new = changed(("  - id: CCP1\n", "  - id: CCP1\n    transit: {at_most: 40 min, to: the filler}\n"))
    found = both(PLAN, new, readings)
    assert found.decisions == []
    assert [(each.lot, len(each.old), len(each.new)) for each in found.lots] == [("L4", 0, 1)]


def test_a_part_of_what_was_recorded(site):
    """From and to: only that is judged; the lot that was there before is known."""
    new = changed(("10 min", "40 min"))
    found = both(PLAN, new, site, start=at(85), end=at(110))
    assert [(each.kind, each.what, each.lots) for each in found.decisions] == [
        ("deviation", "vanishes", ("L2", "L3"))
    ]
    assert found.watched.first == at(85)
    assert found.watched.last == at(110)


def test_a_line_that_was_recorded_under_another_name(site):
    """--line names it; without a line of that name, those recorded are told."""
    other = changed(("plan: store", "plan: other"))
    with pytest.raises(HaccplineError, match=r"nothing is recorded of line third; recorded are other, store"):
        both(other.replace("other", "third"), other.replace("other", "third"), site)
    found = both(
        other.replace("plan: other", "plan: third"),
        other.replace("plan: other", "plan: third").replace("10 min", "40 min"),
        site,
        line="store",
    )
    assert spans(found, "deviation") == [("vanishes", 90, None)]
    assert found.decisions[0].lots == ("L2", "L3")


def test_what_cannot_be_compared_is_refused_in_words(tmp_path, readings):
    """Plans of two lines; a file that has nothing of what the plans judge by; a folder that is no site."""
    with pytest.raises(HaccplineError, match="two lines, store and shop"):
        both(PLAN, changed(("plan: store", "plan: shop")), readings)
    (tmp_path / "other.csv").write_text("time,sensor,value\n2026-12-01T00:00:00Z,T1,5.0\n")
    with pytest.raises(HaccplineError, match=r"no readings of store/air.*it has store/T1"):
        both(PLAN, PLAN, tmp_path / "other.csv")
    with pytest.raises(HaccplineError, match="neither a site's data folder"):
        both(PLAN, PLAN, tmp_path)
    with pytest.raises(HaccplineError, match="lot is a text in one plan and a number in the other"):
        both(PLAN, changed(("unit: text", "unit: count"), ("line: {lot: {from: lot}}\n", "")), readings)


def test_a_page_shows_both_timelines(readings):
    """One strip above the other for each limit that is decided otherwise, and the tables; names are escaped."""
    found = both(PLAN, changed(("10 min", "40 min")), readings)
    html = page(found, ("old.yaml", "new<1>.yaml"), rows=10)
    assert html.count("<svg") == 2
    assert "new&lt;1&gt;.yaml" in html
    assert "new<1>" not in html
    assert html.count('class="v-deviation"') == 1
    assert "L2, L3" in html


def test_the_command_prints_a_table_json_and_exit_codes(tmp_path, readings, monkeypatch):
    """0: no decision differs; 1: one does; 2: it cannot be said. JSON names every key, decision and lot."""

    def run(*arguments: str):
        return CliRunner().invoke(app, ["plan", "diff", *arguments], env={"COLUMNS": "200"})

    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.yaml").write_text(PLAN)
    (tmp_path / "new.yaml").write_text(changed(("10 min", "40 min")))
    same = run("old.yaml", "old.yaml", "--on", "readings.csv")
    assert same.exit_code == 0, same.stderr
    assert "the plans say the same" in same.stdout
    other = run("old.yaml", "new.yaml", "--on", "readings.csv", "--html", "page.html")
    assert other.exit_code == 1, other.stderr
    assert "deviation vanishes" in other.stdout
    assert "L2, L3" in other.stdout
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")
    said = json.loads(run("old.yaml", "new.yaml", "--on", "readings.csv", "--format", "json").stdout)
    assert said["keys"] == [{"key": "ccps.CCP1.critical.air.for_more_than", "old": "10 min", "new": "40 min"}]
    assert [each["what"] for each in said["decisions"]] == ["vanishes"]
    assert said["decisions"][0]["old"]["lots"] == ["L2", "L3"]
    assert run("old.yaml", "new.yaml", "--on", "nowhere.csv").exit_code == 2
    assert run("old.yaml", "gone.yaml", "--on", "readings.csv").exit_code == 2


def test_a_span_is_told_in_words(readings):
    """From when, how long, the worst value; and when it was decided, where only that differs."""
    (later,) = both(PLAN, changed(("10 min", "25 min")), readings).decisions
    row = difference_row(later)
    assert row[3] == "deviation changes"
    assert row[4] == "2026-12-01T01:30:00Z, 30 min, worst -10, decided 2026-12-01T01:40:00Z"
    assert row[5].endswith("decided 2026-12-01T01:55:00Z")


def test_an_empty_block_is_no_reading(readings):
    """Blocks without readings are passed through."""
    from haccpline.watched import Watched

    watched = Watched("x")
    assert list(watched.through([Block()]))
    assert str(watched) == "x: no readings yet"
