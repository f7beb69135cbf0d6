"""A ledger made by hand, record by record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.store import Ledger
from readings.times import MINUTE, format_time, parse_time

START = parse_time("2026-12-01T00:00:00+08:00")


class Written:
    """A ledger, and a way to write records of one line into it."""

    def __init__(self, path: Path) -> None:
        self.ledger = Ledger(path)

    def write(self, kind: str, body: dict[str, Any], *, at: int = START) -> None:
        """Append a record."""
        with self.ledger.transaction() as transaction:
            transaction.append(kind=kind, at=at, line="cold-3", body=body)

    def verdict(self, verdict: str, minute: int, **more: Any) -> None:
        """Append a verdict that begins at a minute."""
        body = {
            "ccp": "CCP1",
            "limit": "air",
            "unit": "CS1",
            "class": "critical",
            "verdict": verdict,
            "from": format_time(START + minute * MINUTE),
            "decided": format_time(START + minute * MINUTE),
            "known": format_time(START + minute * MINUTE),
            "worst": "-20.0",
            "from_before": None,
            "worst_before": "-18.5",
            "reason": "",
            "revision": 0,
            "supersedes": [],
            "plan": "0" * 64,
            "method": "threshold/3",
            "sensors": [{"series": "cold-3/air/CS1.1"}],
            "evidence": {},
        }
        self.write("verdict", body | more, at=START + minute * MINUTE)

    def event(self, kind: str, **more: Any) -> None:
        """Append what became of a deviation or a loss."""
        body = {
            "id": "e1",
            "ccp": "CCP1",
            "limit": "air",
            "unit": "CS1",
            "class": "critical",
            "from": format_time(START),
            "to": None,
            "decided": format_time(START + MINUTE),
            "known": format_time(START + MINUTE),
            "worst": "-4.4",
            "lots": ["L1"],
            "plan": "0" * 64,
            "method": "threshold/3",
        }
        self.write(kind, body | more, at=START + MINUTE)

    def case(self, what: str, *, at: int = START + MINUTE, **more: Any) -> None:
        """Append a record of the case `c1`."""
        frame = {
            "case": "c1",
            "event": "e1",
            "opened": format_time(START),
            "group": "CCP1:air",
            "ccp": "CCP1",
            "limit": "air",
            "unit": "CS1",
            "kinds": ["deviation"],
            "lots": ["L1"],
            "known": format_time(at),
        }
        engine = what in ("opened", "joined", "returned", "reactivated")
        self.write(f"case.{what}", (frame | more) if engine else {"case": "c1", **more}, at=at)


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    made = Written(tmp_path / "ledger.db")
    yield made
    made.ledger.close()
