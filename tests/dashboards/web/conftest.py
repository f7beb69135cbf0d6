"""What the tests of the web share: a recorded cold store, and clients of real servers over it."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shared import shared

from haccpline.site import load_site

web_plant = shared(Path(__file__).with_name("web_plant.py"))


@pytest.fixture(scope="session")
def recorded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web") / "plant"
    shutil.copytree(web_plant.EXAMPLES / "cold_store", folder / "examples" / "cold_store")
    example = folder / "examples" / "cold_store"
    site = load_site(example / "site.yaml")
    web_plant.record(site, example / "readings.csv")
    web_plant.let_in(site)
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
