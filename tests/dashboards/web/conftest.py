"""What the tests of the web share: a recorded cold store, and clients of real servers over it."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from haccpline.site import load_site
from ledger.people import People

# Test modules are imported by path (importlib mode), so `web_plant` is made importable by name, here, once.
_spec = importlib.util.spec_from_file_location("web_plant", Path(__file__).with_name("web_plant.py"))
assert _spec is not None
assert _spec.loader is not None
web_plant: Any = importlib.util.module_from_spec(_spec)
sys.modules["web_plant"] = web_plant
_spec.loader.exec_module(web_plant)


@pytest.fixture(scope="session")
def recorded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web") / "plant"
    shutil.copytree(web_plant.EXAMPLES / "cold_store", folder / "examples" / "cold_store")
    example = folder / "examples" / "cold_store"
    site = load_site(example / "site.yaml")
    web_plant.record(site, example / "readings.csv")
    people = People(site.data / "people.db", hasher=web_plant.QUICK)
    for who, (name, roles) in web_plant.PEOPLE.items():
        people.add(id=who, name=name, roles=roles, password=web_plant.WORD, now=1)
    people.close()
    return folder


@pytest.fixture
def plant(recorded_once: Path, tmp_path: Path) -> Any:
    """A plant that the test may change."""
    shutil.copytree(recorded_once, tmp_path / "plant")
    return web_plant.Plant(tmp_path / "plant")


@pytest.fixture
def web(plant: Any) -> Iterator[Any]:
    """A client of a server on loopback, where reading is open."""
    with web_plant.serving(plant) as url, web_plant.Client(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture
def closed(plant: Any) -> Iterator[Any]:
    """A client of a server where reading needs a sign-in."""
    settings = web_plant.ServeSettings(port=web_plant.free_port(), reading="signed in")
    with web_plant.serving(plant, settings) as url, web_plant.Client(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def _shown(recorded_once: Path) -> Iterator[str]:
    settings = web_plant.ServeSettings(port=web_plant.free_port(), trust_proxy=True)
    with web_plant.serving(web_plant.Plant(recorded_once), settings) as url:
        yield url


@pytest.fixture
def shown(_shown: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client for tests that only read: they share a server, each with an address of its own."""
    address = {"x-forwarded-for": f"10.{zlib.crc32(request.node.nodeid.encode()) % 255}.0.1"}
    with web_plant.Client(base_url=_shown, timeout=30, headers=address) as client:
        yield client
