"""The commands as people use them, and what they say to rubbish."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
COLD = EXAMPLES / "cold_store"


def run(*arguments: str | Path, cwd: Path | None = None, stdin: str = "", **environment: str):
    return subprocess.run(
        [sys.executable, "-m", "haccpline", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        input=stdin,
        cwd=cwd,
        env=os.environ | {"COLUMNS": "200", "PYTHONPATH": str(EXAMPLES.parent)} | environment,
    )


@pytest.mark.parametrize(
    "folder", sorted(path for path in EXAMPLES.iterdir() if path.is_dir()), ids=lambda p: p.name
)
def test_every_example_is_clean_and_can_be_replayed(folder):
    """`check` has nothing to say, with and without the site; `replay` decides."""
    checked = run("check", folder / "plan.yaml", "--site", folder / "site.yaml")
    assert (checked.returncode, checked.stdout) == (0, "")
    replayed = run("replay", folder / "plan.yaml", folder / "readings.csv")
    assert replayed.returncode == 0, replayed.stderr
    assert {"ok", "deviation"} <= {json.loads(line)["verdict"] for line in replayed.stdout.splitlines()}


def test_replay_prints_the_same_bytes_every_time():
    """Whatever the hash seed, the time zone and the language of the machine are."""
    first = run("replay", COLD / "plan.yaml", COLD / "readings.csv", PYTHONHASHSEED="1")
    again = run(
        "replay",
        COLD / "plan.yaml",
        COLD / "readings.csv",
        PYTHONHASHSEED="2",
        TZ="America/New_York",
        LANG="C",
    )
    assert first.stdout == again.stdout != ""


def test_a_decision_says_what_it_must():
    """Every line has the keys that were promised; times are RFC 3339 in UTC; an open span ends in null."""
    lines = [
        json.loads(line)
        for line in run("replay", COLD / "plan.yaml", COLD / "readings.csv").stdout.splitlines()
    ]
    needed = {
        "line",
        "ccp",
        "limit",
        "unit",
        "verdict",
        "from",
        "to",
        "decided",
        "worst",
        "reason",
        "plan",
        "method",
    }
    assert all(needed <= set(line) for line in lines)
    assert all(line["from"].endswith("Z") for line in lines)
    assert lines[-1]["to"] is None


def test_the_table_says_in_which_unit_the_worst_value_is():
    """A number alone says nothing where one limit is of degrees and another of minutes."""
    table = run("replay", COLD / "plan.yaml", COLD / "readings.csv", "--format", "table").stdout
    assert "-4.4 degC" in next(line for line in table.splitlines() if "deviation" in line)


def test_a_foreign_file_is_read_through_a_map(tmp_path):
    """Tenths, a local zone, a marker for missing; a wrong key of the map is named with its line."""
    (tmp_path / "foreign.csv").write_text("when;T1;D\n2026-12-01 00:00;-195;0\n2026-12-01 00:01;-OL;0\n")
    good = "time: {column: when, zone: Asia/Shanghai}\ndelimiter: ;\nmissing: [-OL]\ncolumns:\n"
    good += "  T1: {reads: air/CS1.1, scale: 0.1}\n  D: defrost/CS1.1\n"
    (tmp_path / "map.yaml").write_text(good)
    done = run("replay", COLD / "plan.yaml", "foreign.csv", "--map", "map.yaml", cwd=tmp_path)
    first = json.loads(done.stdout.splitlines()[0])
    assert (first["from"], first["worst"]) == ("2026-11-30T16:00:00Z", -19.5)
    (tmp_path / "map.yaml").write_text(good.replace("missing", "mising"))
    done = run("replay", COLD / "plan.yaml", "foreign.csv", "--map", "map.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("map.yaml:3:")


def test_check_names_file_line_and_column_and_exits_1(tmp_path):
    """`FILE:LINE:COL: message` for every fault."""
    text = (
        (COLD / "plan.yaml").read_text().replace("silent_after", "silent_aftr", 1).replace("45 min", "45", 1)
    )
    (tmp_path / "plan.yaml").write_text(text)
    done = run("check", "plan.yaml", cwd=tmp_path)
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert first.startswith("plan.yaml:21:5:")
    assert "did you mean silent_after?" in first
    assert "45 has no unit" in second


def test_check_says_how_many_alarms_a_day_a_plan_raises():
    """On recorded readings: alarms and warnings, by limit and kind; the numbers are those of replay."""
    done = run("check", COLD / "plan.yaml", "--readings", COLD / "readings.csv")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "over 2.00 days: 2 alarms, 1.0 a day; 0 warnings, 0.0 a day",
        "  CCP1 air: deviation 2, 1.0 a day",
    ]


RUBBISH = [
    ("check", "nowhere.yaml"),
    ("check", "."),
    ("check", "binary"),
    ("check", "plan.yaml", "--readings", "empty.csv"),
    ("check", "plan.yaml", "plan.yaml", "--readings", "readings.csv"),
    ("replay", "plan.yaml", "nowhere.csv"),
    ("replay", "plan.yaml", "empty.csv"),
    ("replay", "plan.yaml", "binary"),
    ("replay", "plan.yaml", "readings.csv", "--map", "binary"),
    ("replay", "plan.yaml", "readings.csv", "--from", "yesterday"),
    ("replay", "binary", "readings.csv"),
    ("prove", "nowhere.zip"),
    ("prove", "binary"),
    ("export", "out.zip", "--site", "nowhere.yaml"),
    ("export", "out.zip", "--site", "site.yaml"),
    ("health", "--site", "site.yaml"),
    ("case", "list", "--site", "site.yaml"),
    ("quarantine", "list", "--site", "site.yaml"),
    ("quarantine", "retry", "1", "--who", "a", "--reason", "b", "--site", "site.yaml"),
    ("quarantine", "retry", "--site", "site.yaml"),
    ("go-on", "--who", "a", "--reason", "b", "--site", "site.yaml"),
    ("backfill", "--site", "site.yaml"),
    ("backup", "copy", "--site", "site.yaml"),
    ("restore", "nowhere", "--site", "site.yaml"),
    ("run", "--site", "binary"),
]


@pytest.mark.parametrize("arguments", RUBBISH, ids=" ".join)
def test_rubbish_gets_a_sentence_never_a_traceback(tmp_path, arguments):
    """Exit code 1, and words."""
    for name in ("plan.yaml", "site.yaml", "readings.csv"):
        shutil.copy(COLD / name, tmp_path)
    site = (tmp_path / "site.yaml").read_text().replace("../../data/cold_store", "data")
    (tmp_path / "site.yaml").write_text(site)
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "empty.csv").write_text("")
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert (done.stdout + done.stderr).strip()
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("what", ["retry", "drop"])
def test_quarantine_of_a_site_that_was_never_started_says_so_and_begins_no_journal(tmp_path, what):
    """Where `list` says it, those that settle say it too."""
    for name in ("plan.yaml", "site.yaml"):
        shutil.copy(COLD / name, tmp_path)
    site = (tmp_path / "site.yaml").read_text().replace("../../data/cold_store", "data")
    (tmp_path / "site.yaml").write_text(site)
    (tmp_path / "data").mkdir()
    done = run("quarantine", what, "1", "--who", "li", "--reason", "a trial", cwd=tmp_path)
    assert done.returncode == 1
    assert "has `haccpline run` been started for this site?" in done.stdout + done.stderr
    assert list((tmp_path / "data").iterdir()) == []


def test_every_command_teaches():
    """`--help` says what it does; the longer ones show an example."""
    for command in ("check", "replay", "run", "export", "prove", "backup", "restore", "health"):
        done = run(command, "--help")
        assert done.returncode == 0
        assert len(done.stdout) > 200, command
