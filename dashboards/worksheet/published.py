"""The published tables that a plan names, row by row with their source: the name alone asks an inspector to believe it."""

from __future__ import annotations

from fractions import Fraction

from dashboards.reports.paper import Table
from dashboards.worksheet.teller import Teller
from readings.units import decimal_text
from rules.plan import limits_of
from rules.published import TABLES
from rules.published_table import (
    ContactEquation,
    ContactTable,
    CoolingScheme,
    DwellTable,
    Published,
)

_KEYS = ("table", "scheme", "by")


def published(teller: Teller) -> Table | None:
    """A row for each table that a limit of the plan names."""
    named = {
        str(name): TABLES[str(name)]
        for _, _, limit in limits_of(teller.plan)
        for key in _KEYS
        if (name := getattr(limit, key, None)) in TABLES
    }
    if not named:
        return None
    rows = tuple(
        (name, "\n".join(_rows(teller, table)), f"{table.source}\n{table.edition}")
        for name, table in named.items()
    )
    say = teller.say
    columns = (say("Name"), say("What it says"), say("Source"))
    return Table(say("Published tables that this plan names"), columns, (1.2, 4.0, 3.0), rows, "")


def _rows(teller: Teller, table: Published) -> list[str]:
    say = teller.say
    if isinstance(table, DwellTable):
        return [
            say("Any one of these suffices; between them the next colder one counts."),
            *(
                say(
                    "{hot} °F ({celsius} °C) or hotter for {time}",
                    hot=_number(row.fahrenheit),
                    celsius=_number(row.celsius),
                    time=teller.duration(row.lasts),
                )
                if row.lasts
                else say(
                    "{hot} °F ({celsius} °C) or hotter: at once",
                    hot=_number(row.fahrenheit),
                    celsius=_number(row.celsius),
                )
                for row in table.rows
            ),
        ]
    if isinstance(table, CoolingScheme):
        return [
            say(
                "From {begins} °F to {ends} °F within {time}",
                begins=_number(stage.begins),
                ends=_number(stage.ends),
                time=teller.duration(stage.within),
            )
            for stage in table.stages
        ]
    if isinstance(table, ContactTable):
        head = say(
            "For {logs} log of {target}:", logs=_number(table.logs), target=teller.phrase(table.target)
        )
        part = (
            say("A part of the contact earns that part of it ({clause}).", clause=table.in_part)
            if table.in_part
            else say("A part of the contact earns nothing.")
        )
        return [
            head,
            *(
                say(
                    "water of {celsius} °C or warmer: {contact} mg·min/L",
                    celsius=_number(celsius),
                    contact=_number(contact),
                )
                for celsius, contact in table.columns
            ),
            part,
        ]
    assert isinstance(table, ContactEquation)
    return [
        say(
            "log of {target} = {factor} × {base}^T × contact in mg·min/L, T in °C and at most {hottest}; {logs} log at most",
            target=teller.phrase(table.target),
            factor=_number(table.factor),
            base=_number(table.base),
            hottest=_number(table.hottest),
            logs=_number(table.logs),
        )
    ]


def _number(value: Fraction) -> str:
    return decimal_text(value)
