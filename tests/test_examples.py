"""The examples: made by their script, clean, and what the page says of them is what they do; the demo's plans are theirs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from shared import shared

from haccpline.alarms import alarms
from haccpline.checked_plan import checked
from haccpline.site import read_plan

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
DEMO = ROOT / "haccpline" / "demo"
LINES = {"bottled-water": "packaged_water", "retort-2": "retort", "cold-3": "frozen_store"}


@pytest.fixture(scope="module")
def script():
    return shared(EXAMPLES / "make_examples.py")


@pytest.mark.parametrize("line", LINES)
def test_the_files_are_those_that_the_script_makes(script, line):
    """Readings and site file: nobody edits them by hand, and the simulator gives the same on every machine."""
    folder = EXAMPLES / LINES[line]
    assert (folder / "site.yaml").read_text(encoding="utf-8") == script.site(line)
    assert (folder / "readings.csv").read_text(encoding="utf-8") == script.readings(line)


def test_the_page_states_the_alarms_of_each_plan():
    """One row per folder, with what `check --readings` says of it."""
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for folder in sorted(path.parent for path in EXAMPLES.glob("*/plan.yaml")):
        plan, _ = read_plan(folder / "plan.yaml")
        stated = next(alarms(plan, folder / "readings.csv").lines())
        assert re.search(rf"\[{folder.name}\].*\| {re.escape(stated)} \|", page), stated


def _without_times(plan: object) -> object:
    """What a plan says, with every duration replaced, without site, start and mark, and without what it answers.

    What is doubtful about a time is not so about a short one.
    """
    if isinstance(plan, dict):
        return {
            key: _without_times(value)
            for key, value in plan.items()
            if key not in ("site", "effective_from", "marked", "uploads_every", "accepts")
        }
    if isinstance(plan, list):
        return [_without_times(each) for each in plan]
    return (
        "TIME" if isinstance(plan, str) and re.fullmatch(r"\d+(\.\d+)? (ms|s|min|h|d|K\.min)", plan) else plan
    )


@pytest.mark.parametrize("name", sorted(LINES.values()))
def test_the_demo_runs_the_example_with_short_times(name):
    """The same sensors, limits and steps; only times differ, and the plan is marked."""
    demo, _ = read_plan(DEMO / f"{name}.yaml")
    example, _ = read_plan(EXAMPLES / name / "plan.yaml")
    assert demo.marked == {"zh": "演示时间", "en": "demo times"}
    said = [_without_times(json.loads(plan.canonical())) for plan in (demo, example)]
    assert said[0] == said[1]


@pytest.mark.parametrize("name", sorted(LINES.values()))
def test_check_finds_nothing_to_say_of_the_demo(name):
    """Neither a doubt nor an answer to none."""
    assert checked(DEMO / f"{name}.yaml").warnings(None) == []
