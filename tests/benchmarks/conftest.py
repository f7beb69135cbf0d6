"""The benchmarks are run from the repository, never installed: they are made importable here."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))
