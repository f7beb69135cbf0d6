"""The frozen corpus: what this release decides, every later one decides, or says another method version."""

from __future__ import annotations

from pathlib import Path

import pytest

from haccpline.replay import json_line, replay_file
from rules.plan_check import load_plan

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("corpus", [CORPUS, CORPUS / "instruments"], ids=lambda corpus: corpus.name)
def test_the_corpus_is_decided_as_it_was(corpus):
    """The same bytes as when it was frozen: holds, gaps, conflicts, exceptions, states, points; instruments at fault.

    A change of these bytes is a change of method: give the kind a new method version, and freeze anew beside the old.
    """
    plan = load_plan((corpus / "plan.yaml").read_text(encoding="utf-8"), "plan.yaml")
    decided = [json_line(each) for each in replay_file(plan, corpus / "readings.csv")]
    assert decided == (corpus / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
