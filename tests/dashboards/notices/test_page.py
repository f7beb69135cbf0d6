"""docs/notices.md is true: its YAML is read, its keys are those that there are."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from notice_plant import MESSAGE, PLAN

from dashboards.notices.outbox import BACK_OFF
from dashboards.notices.routes import notice_findings
from dashboards.notices.settings import AppriseChannel, NoticeSettings, Recipient, SirenChannel, Webhook
from readings.times import format_duration
from rules.ladder import Notice
from rules.plan import Plan
from rules.plan_check import load_plan
from rules.strict_model import read_model
from rules.strict_yaml import read_yaml

PAGE = (Path(__file__).parents[3] / "docs" / "notices.md").read_text(encoding="utf-8")
LADDER, SITE, HEALTH = re.findall(r"```yml\n(.*?)```", PAGE, re.DOTALL)


def told() -> set[str]:
    """The keys in the first column of all tables."""
    cells = re.findall(r"^\| ([^|]+) \|", PAGE, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"\w+", cell)}


@pytest.mark.parametrize("model", [Notice, NoticeSettings, Webhook, AppriseChannel, SirenChannel])
def test_every_key_is_explained(model):
    """Of the ladder, of the section of the site file and of each channel."""
    assert set(model.model_fields) - told() == set()


def test_every_key_of_a_person_and_of_a_message_is_named():
    """What the webhook sends stands in its table."""
    assert set(Recipient.model_fields) <= set(re.findall(r"`(\w+)`", PAGE)) | told()
    assert set(msgspec.to_builtins(MESSAGE)) - told() == set()
    assert set(msgspec.to_builtins(MESSAGE.fields)) <= set(re.findall(r"`(\w+)`", PAGE))


def test_the_examples_are_read_and_fit_each_other():
    """The ladder is a ladder, the section a section, and everybody whom the one names the other reaches."""
    data, _ = read_yaml(PLAN.partition("notices:")[0] + LADDER, "plan.yaml")
    assert Plan.model_validate(data).notices
    plan = load_plan(PLAN.partition("notices:")[0] + LADDER, "plan.yaml")
    told = [*SITE.splitlines()[2:], *HEALTH.splitlines()[1:]]
    text = "\n".join(line[2:] for line in told)
    settings, _ = read_model(NoticeSettings, text, "site.yaml")
    assert notice_findings({"cold-3": plan}, settings) == []


def test_the_times_named_are_the_defaults():
    """Windows, patience and pauses between tries."""
    defaults = NoticeSettings()
    together, further = format_duration(defaults.together), format_duration(defaults.further)
    assert f"windows, see [above](#what-goes-together): {together}, {further}" in PAGE
    assert f"{format_duration(defaults.late_after)}; none" in PAGE
    assert f"{format_duration(defaults.give_up_after)}: what was tried" in PAGE
    *first, last = map(format_duration, BACK_OFF)
    assert f"after {', '.join(first)} and then every {last}" in " ".join(PAGE.split())
