"""What several tests share. Test modules are imported by path (importlib mode), so it is made importable by name, once."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any


def shared(path: Path, *, name: str = "") -> Any:
    """The module of a file, importable by name from here on.

    Args:
        path: of the file.
        name: to import it by; that of the file where left out.
    """
    name = name or path.stem
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses ask for it
        spec.loader.exec_module(module)
    return sys.modules[name]
