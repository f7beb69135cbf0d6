"""The frozen corpus: what this release decides, every later one decides, or says another method version."""

from __future__ import annotations

from pathlib import Path

from haccpline.replay import json_line, replay_file
from rules.plan_check import load_plan

CORPUS = Path(__file__).parent / "corpus"


def test_the_corpus_is_decided_as_it_was():
    """Holds, gaps, conflicts, exceptions, states and several points: the same bytes as when it was frozen.

    A change of these bytes is a change of method: give the kind a new method version, and freeze anew beside the old.
    """
    plan = load_plan((CORPUS / "plan.yaml").read_text(encoding="utf-8"), "plan.yaml")
    decided = [json_line(each) for each in replay_file(plan, CORPUS / "readings.csv")]
    assert decided == (CORPUS / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
