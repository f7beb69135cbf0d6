"""What the tests of notices share: a cold store, and a server that takes webhooks."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


# Test modules are imported by path (importlib mode), so what they share is made importable by name, here, once.
def _shared(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


notice_plant = _shared("notice_plant")
_shared("horn_box")
_shared("notice_runner")


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
