"""Parts that every printed report has: the firm, the instruments, where it can be found and proven."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.language import Language
from dashboards.reports.facts import CheckpointFact, Firm, InstrumentFact, Named
from dashboards.reports.paper import Facts, Table, Text
from dashboards.reports.words import STANDINGS, named
from readings.inputs import Series


def table(  # noqa: PLR0913 - the parts of a table
    heading: str,
    columns: tuple[str, ...],
    widths: tuple[float, ...],
    rows: tuple[tuple[Text, ...], ...],
    empty: str,
    *,
    note: str = "",
    code: tuple[int, ...] = (),
) -> Table:
    """A table, its columns and widths held against each other."""
    assert len(columns) == len(widths)
    assert all(len(row) == len(columns) for row in rows)
    return Table(heading, columns, widths, rows, empty, note, code)


def head_of(site: str, site_name: Named, report: str, speech: Language) -> tuple[str, str]:
    """What stands at the top of every page."""
    return f"{speech.name(site_name)} ({site})", speech.say("Report {id}", id=report)


def say_of(speech: Language, times: str) -> dict[str, str]:
    """The words of the template."""
    return {"missing": speech.say("not entered"), "page": speech.say("Page"), "foot": times}


def firm_part(firm: Firm, speech: Language) -> Facts:
    """Who answers for what was made."""
    say = speech.say
    return Facts(
        say("Firm"),
        (
            (say("Name of the firm"), speech.name(firm.name) or None),
            (say("Unified social credit code"), firm.credit_code),
            (say("Production licence or registration no."), firm.licence),
            (say("Address"), speech.name(firm.address) or None),
            (say("Contact"), firm.contact),
            (say("Phone"), firm.phone),
            (say("Food safety director"), firm.director),
        ),
    )


def instruments_part(instruments: Sequence[InstrumentFact], speech: Language, *, first: bool) -> Table:
    """What measured, and its calibration.

    Args:
        instruments: by series.
        speech: of the reader.
        first: whether they stood behind a decision; otherwise those of the site file.
    """
    say = speech.say
    rows = tuple(
        (
            str(Series(*each.series.split("/"))),
            each.id,
            each.serial,
            each.calibration,
            each.calibrated,
            each.due,
            named(speech, STANDINGS, each.standing),
        )
        for each in instruments
    )
    columns = (
        say("Series"),
        say("Instrument"),
        say("Serial no."),
        say("Certificate"),
        say("Calibrated"),
        say("Due"),
        say("Standing"),
    )
    heading = say("Instruments behind the decision") if first else say("Instruments and calibration")
    return table(heading, columns, (1.6, 1, 1, 1.2, 1.1, 1.1, 1), rows, say("none recorded"))


def proof_part(checkpoint: CheckpointFact | None, records: Sequence[int], speech: Language) -> Facts:
    """Where the report's records are found, and what proves them."""
    say = speech.say
    return Facts(
        say("Where this is found, and what proves it"),
        (
            (say("Ledger records"), _runs(records) or say("none")),
            (say("Ledger"), checkpoint.origin if checkpoint is not None else None),
            (
                say("Signed at"),
                say("{count} records", count=checkpoint.size) if checkpoint is not None else None,
            ),
            (say("Root of the tree"), checkpoint.root if checkpoint is not None else None),
        ),
        say(
            "A package of the period (haccpline export) holds these records and readings; haccpline prove, or prove.py"
            " inside it, proves them offline against the site's public key. The data of this report is attached to the PDF."
        ),
    )


def _runs(numbers: Sequence[int]) -> str:
    """`3-5, 9` of 3, 4, 5, 9."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
