"""Limit kinds, one file each. A file that offers `KIND` is a kind; nothing else needs to know of it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from rules.limit import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (import_module(f"rules.kinds.{module.name}").KIND for module in iter_modules(__path__))
}
