"""A request sent again finds its answer, for a day."""

from __future__ import annotations

from pathlib import Path

from ledger.answers import KEPT, Answer, Answers
from readings.times import SECOND

NOW = 1_800_000_000 * SECOND


def test_an_answer_is_found_again_after_a_restart(tmp_path: Path) -> None:
    """Under its key alone."""
    answers = Answers(tmp_path / "people.db")
    answers.keep("k", Answer(b"asked", 202, b"{}"), now=NOW)
    answers.close()
    again = Answers(tmp_path / "people.db")
    assert again.find("k", now=NOW) == Answer(b"asked", 202, b"{}")
    assert again.find("l", now=NOW) is None


def test_the_first_answer_stays(tmp_path: Path) -> None:
    """Two at once: both hear the same from then on."""
    answers = Answers(tmp_path / "people.db")
    answers.keep("k", Answer(b"asked", 202, b"first"), now=NOW)
    answers.keep("k", Answer(b"asked", 202, b"second"), now=NOW)
    found = answers.find("k", now=NOW)
    assert found is not None
    assert found.body == b"first"


def test_an_answer_is_forgotten_after_a_day(tmp_path: Path) -> None:
    """It is not given any more, and the next one clears it away."""
    answers = Answers(tmp_path / "people.db")
    answers.keep("k", Answer(b"asked", 202, b""), now=NOW)
    assert answers.find("k", now=NOW + KEPT) is None
    answers.keep("l", Answer(b"asked", 202, b""), now=NOW + KEPT)
    assert answers._store.rows("SELECT count(*) FROM answer") == [(1,)]
