"""What `check` prints of doubtful plans, in which order, and how it exits."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from haccpline.cli import app

EXAMPLES = Path(__file__).parents[2] / "examples"
COLD = EXAMPLES / "cold_store"
PLAN = (COLD / "plan.yaml").read_text(encoding="utf-8")

SITE = """site: ZH-FZ
plans: [plan.yaml, whole.yaml]
sources:
  - name: plc
    modbus: tcp://127.0.0.1
    channels: [{reads: cold-3/air/CS1.1, at: holding 0, type: int16, unit: degC}]
  - name: loggers
    mqtt: mqtt://127.0.0.1
    topics:
      - {topic: plant/+/air, reads: "cold-3/air/{1}", value: t, unit: degC}
      - {topic: plant/lot, reads: cold-3/lot, payload: text}
  - name: edge
    sparkplug: mqtt://127.0.0.1
    group: plant
    metrics: [{node: n1, device: d1, metric: Air, reads: cold-3/air/CS1.1, unit: degC}]
  - name: posts
    http:
      - {reads: cold-3/defrost/CS1.1, unit: bool}
      - {reads: cold-4/wind, unit: m/s}
instruments:
  cold-3/air/CS1.1: {id: TE-301}
"""


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Runs `check` on a plan that is the cold store's with changes; gives the exit code and the lines."""
    monkeypatch.chdir(tmp_path)

    def run(*options: str, changes: tuple[tuple[str, str], ...] = ()) -> tuple[int, list[str]]:
        text = PLAN
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        Path("plan.yaml").write_text(text, encoding="utf-8")
        result = CliRunner().invoke(app, ["check", "plan.yaml", *options])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout.splitlines()

    return run


DOUBTFUL = (
    ('        basis: "validated against the product simulant, report CS-2026-02"\n', ""),
    ("    hazards: [{biological: growth after thawing}]\n", ""),
)


def test_a_good_plan_is_silent(check):
    """Nothing to say, nothing said, strict or not."""
    assert check() == (0, [])
    assert check("--strict") == (0, [])


def test_warnings_have_place_name_and_words_and_leave_the_exit_code(check):
    """In the order of the file; with --strict they count."""
    code, lines = check(changes=DOUBTFUL)
    assert [line.split(": ", 2)[1] for line in lines] == [
        "warning [no-hazard]",
        "warning [grace-without-basis]",
    ]
    places = [tuple(map(int, line.split(":")[1:3])) for line in lines]
    assert places == sorted(places)
    assert code == 0
    assert check("--strict", changes=DOUBTFUL) == (1, lines)


def test_the_same_plan_gives_the_same_bytes(check):
    """Nothing depends on the run."""
    assert check("--verbose", changes=DOUBTFUL) == check("--verbose", changes=DOUBTFUL)


def test_a_plan_with_a_fault_is_not_doubted(check):
    """What it says is not known yet: faults alone, and exit 1."""
    code, lines = check(changes=(*DOUBTFUL, ("at_most: -15.0 degC", "at_most: -15.0 kPa")))
    assert code == 1
    assert len(lines) == 1
    assert "warning" not in lines[0]


def test_readings_add_what_needs_a_history(check):
    """A sensor that is read every minute where the plan says every 10 s; and the alarms behind it."""
    changes = (("    every: 60 s\n    silent_after: 5 min\n", "    every: 10 s\n    silent_after: 5 min\n"),)
    assert check(changes=changes)[1] == []
    _, lines = check("--readings", str(COLD / "readings.csv"), changes=changes)
    assert lines[0].endswith(
        "warning [not-as-recorded]: read every 1 min in this file, not every 10 s: mend one"
    )
    assert lines[1].startswith("over 2.00 days: ")


def test_verbose_says_how_much_is_remembered(check):
    """Limits of single readings in a sum, those with a window each by itself."""
    _, lines = check("--verbose")
    assert lines == ["plan.yaml: limits that judge each reading by itself: 2; they remember no readings"]
    changes = (
        (
            "    operating:\n",
            "    operating:\n      - {id: fast, kind: rate, of: air, at_most: 1.0 K/min, over: 10 min}\n",
        ),
    )
    _, lines = check("--verbose", changes=changes)
    assert lines[-1].startswith("plan.yaml: CCP1 fast (rate) holds ")


def test_a_plan_that_cannot_be_read_is_told_once(check):
    """What reads its series in the site file, by whatever protocol, may be right; what reads another line's is told."""
    Path("whole.yaml").write_text(PLAN.replace("plan: cold-3", "plan: cold-4"), encoding="utf-8")
    Path("site.yaml").write_text(SITE, encoding="utf-8")
    fault = ("effective_from: 2026-12-01T00:00:00+08:00", "effective_from: soon")
    _, lines = check("--site", "site.yaml", changes=(fault,))
    assert [line.split(" ")[0] for line in lines] == ["plan.yaml:6:17:", "site.yaml:19:17:"]
    assert "no plan has cold-4/wind" in lines[1]


def test_a_register_whose_unit_cannot_become_the_plans_is_told_with_its_place(tmp_path):
    """By line and column of the unit, also where the plan has it from a device that nobody has asked yet."""
    text = (COLD / "site.yaml").read_text(encoding="utf-8")
    assert "unit: degC" in text
    wrong = text.replace("unit: degC", "unit: bar", 1)
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(wrong, encoding="utf-8")
    result = CliRunner().invoke(
        app, ["check", str(tmp_path / "plan.yaml"), "--site", str(tmp_path / "site.yaml")]
    )
    line = next(n for n, each in enumerate(wrong.splitlines(), 1) if "unit: bar" in each)
    column = wrong.splitlines()[line - 1].index("bar") + 1
    assert result.exit_code == 1
    assert f"site.yaml:{line}:{column}: " in result.stdout
    assert "bar cannot become degC" in result.stdout


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    channels:", "    chanels:", "16:5: unknown key chanels; did you mean channels?"),
        ("type: int16", "type: int61", "type is 'bool', 'int8_high', "),
        ("notices:", "serve: {port: 86000}\nnotices:", "port must be at most 65535, not 86000"),
        ("plans: [plan.yaml]", "plans: []", "4:8: plans must hold at least 1"),
        ("notices:", "journal: {max_byte: 1 GB}\nnotices:", "unknown key max_byte; did you mean max_bytes?"),
    ],
)
def test_slips_in_a_site_file_are_told_as_those_in_a_plan_are(tmp_path, old, new, told):
    """By place, name, and what was probably meant, in each section of the file, whichever room it belongs to."""
    text = (COLD / "site.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    result = CliRunner().invoke(
        app, ["check", str(tmp_path / "plan.yaml"), "--site", str(tmp_path / "site.yaml")]
    )
    assert result.exit_code == 1
    assert told in result.stdout
