"""What the tests of notices share: a cold store, and a server that takes webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shared import shared

notice_plant, _, _ = (
    shared(Path(__file__).with_name(f"{name}.py")) for name in ("notice_plant", "horn_box", "notice_runner")
)


@pytest.fixture
def plant(tmp_path: Path) -> Any:
    """A plant whose plan is adopted and whose zones are cold."""
    made = notice_plant.Plant(tmp_path)
    made.adopt()
    made.wait(20)
    return made


@pytest.fixture
def receiver() -> Iterator[Any]:
    """A running server for webhooks."""
    made = notice_plant.Receiver()
    yield made
    made.stop()
