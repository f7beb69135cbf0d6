"""A register that is read less often than its plan bears a silence is told before a plant finds out."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from haccpline.cli import app
from haccpline.site import load_site
from haccpline.too_seldom import read_too_seldom

PLAN = Path(__file__).parents[2] / "examples" / "cold_store" / "plan.yaml"
CHANNEL = "{{reads: {}, at: holding {}, type: int16, unit: {}{}}}"


def told(folder: Path, every: str, *, air: str = "", defrost: str = "", clock: str = "wall") -> list[str]:
    """The example's plan: air each 60 s, silent after 5 min; defrost likewise."""
    path = folder / "site.yaml"
    path.write_text(
        f"site: ZH-FZ\nplans: [{PLAN}]\nclock: {clock}\nsources:\n  - name: plc\n    modbus: tcp://10.0.0.5\n"
        f"    every: {every}\n    channels:\n"
        f"      - {CHANNEL.format('cold-3/air/CS1.1', 1, 'degC', air)}\n"
        f"      - {CHANNEL.format('cold-3/defrost/CS1.1', 2, 'bool', defrost)}\n",
        encoding="utf-8",
    )
    return [line.removeprefix(f"{path}:") for line in read_too_seldom(load_site(path))]


def test_as_often_as_the_plan_bears_it(tmp_path: Path) -> None:
    """Each minute, and to the very end of the five."""
    assert told(tmp_path, "60 s") == []
    assert told(tmp_path, "5 min") == []


def test_each_that_is_read_too_seldom_is_told_with_its_place(tmp_path: Path) -> None:
    """Where its own interval stands, else where the register does: 6 min, and 10 min, against a silence of 5."""
    first, second = told(tmp_path, "10 min", defrost=", every: 6 min")
    assert first == (
        "9:9: warning [read-too-seldom]: cold-3/air/CS1.1 is read every 10 min, and its plan calls it silent after 5 min: "
        "between two readings nothing could be shown"
    )
    line = (tmp_path / "site.yaml").read_text().splitlines()[9]
    assert second.startswith(
        f"10:{line.index('6 min') + 1}: warning [read-too-seldom]: cold-3/defrost/CS1.1 is read every"
    )
    assert told(tmp_path, "10 min", air=", every: 60 s", defrost=", every: 60 s") == []


def test_a_recording_that_is_played_back_is_read_as_it_comes(tmp_path: Path) -> None:
    """There time is what the readings say, not how often they are asked for."""
    assert told(tmp_path, "10 min", clock="readings") == []


def test_check_prints_it_and_counts_it_when_strict(tmp_path: Path) -> None:
    """A warning: the exit code is 0, and 1 with --strict."""
    text = (PLAN.parent / "site.yaml").read_text(encoding="utf-8")
    text = text.replace("clock: readings ", "clock: wall ").replace("every: 5 ms ", "every: 10 min ")
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "plan.yaml").write_text(PLAN.read_text(encoding="utf-8"), encoding="utf-8")
    arguments = ["check", str(tmp_path / "plan.yaml"), "--site", str(tmp_path / "site.yaml")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert result.stdout.count("warning [read-too-seldom]") == 2
    assert CliRunner().invoke(app, [*arguments, "--strict"]).exit_code == 1


def test_a_value_of_a_profile_has_an_interval_too(tmp_path: Path) -> None:
    """Its own, or else that of its device: 6 min here, the other each minute."""
    path = tmp_path / "site.yaml"
    path.write_text(
        f"site: ZH-FZ\nplans: [{PLAN}]\nsources:\n  - name: plc\n    modbus: rtu+tcp://10.0.0.5\n    every: 60 s\n"
        "    devices:\n      - unit: 3\n        every: 6 min\n        profile: carel-ir33\n        reads:\n"
        "          probe_1: cold-3/air/CS1.1\n          defrost: {reads: cold-3/defrost/CS1.1, every: 60 s}\n",
        encoding="utf-8",
    )
    (line,) = read_too_seldom(load_site(path))
    assert line.startswith(f"{path}:12:20: warning [read-too-seldom]: cold-3/air/CS1.1 is read every 6 min")
