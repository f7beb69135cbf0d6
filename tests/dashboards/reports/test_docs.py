"""The page on reports names every field there is."""

from __future__ import annotations

from pathlib import Path

from dashboards.reports.daily import DailyRecord
from dashboards.reports.deviation import DeviationReport
from dashboards.reports.enterprise import Enterprise

PAGE = Path(__file__).parents[3] / "docs" / "reports.md"


def tables() -> list[list[str]]:
    """The first cells of each table, names parted by commas."""
    found: list[list[str]] = []
    rows: list[str] = []
    for line in [*PAGE.read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("|"):
            rows += [name.strip() for name in line.split("|")[1].split(",")]
        elif rows:
            found.append(rows[2:])
            rows = []
    return found


def fields(model) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def test_every_field_is_named_in_its_order():
    """The tables of the section, the deviation report and the daily record have the fields of their models."""
    assert tables() == [fields(Enterprise), fields(DeviationReport), fields(DailyRecord)]
