"""Published tables, by the name that a plan writes. A file that offers `TABLES` is found; recalled rows are not shipped."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

from rules.published_table import (
    ContactEquation,
    ContactTable,
    CoolingScheme,
    DoseTable,
    DwellTable,
    Published,
)

P = TypeVar("P", bound=Published)

TABLES: dict[str, Published] = {
    table.name: table
    for module in iter_modules(__path__)
    for table in import_module(f"rules.published.{module.name}").TABLES
}


def _of(kind: type[P]) -> dict[str, P]:
    return {name: table for name, table in TABLES.items() if isinstance(table, kind)}


DWELLS = _of(DwellTable)
CONTACTS = _of(ContactTable)
EQUATIONS = _of(ContactEquation)
DOSES = _of(DoseTable)
COOLINGS = _of(CoolingScheme)
