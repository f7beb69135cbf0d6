"""What is installed, and under which names."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import urllib3

ROOMS = {"readings", "rules", "gateway", "ingest", "ledger", "dashboards", "simulators", "haccpline"}


@pytest.mark.slow
def test_the_wheel_holds_the_rooms_and_nothing_else(tmp_path):
    """Import names are the rooms' names; what is read at run time is in the wheel."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(tmp_path), "."],
        cwd=Path(__file__).parents[1],
        check=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == ROOMS
    root = Path(__file__).parents[1]
    tracked = subprocess.run(
        ["git", "ls-files", *ROOMS], cwd=root, capture_output=True, text=True, check=True
    )
    needed = set(tracked.stdout.split())
    assert needed, "the test runs in a clone"
    assert needed <= set(names), sorted(needed - set(names))


def test_the_record_process_begins_light():
    """No analysis library, and neither Parquet nor InfluxDB's client before it is needed."""
    heavy = ["pandas", "scipy", "duckdb", "matplotlib", "pyarrow", "influxdb_client", "fastapi"]
    code = f"import sys, haccpline.record; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_urllib3_is_urllib3():
    """Some clients overwrite it under others with a fork of the same name; such a client gets its own environment."""
    distribution = importlib.metadata.distribution("urllib3")
    assert distribution.version == urllib3.__version__
    installed = {each.metadata["Name"].lower() for each in importlib.metadata.distributions()}
    assert not installed & {"urllib3-future", "niquests", "grafana-client"}
