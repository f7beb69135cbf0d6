"""UV dose of water treatment: 40 CFR 141.720(d)(1), for reactors that were validated."""

from __future__ import annotations

from fractions import Fraction

from rules.published_table import DoseTable


def _doses(target: str, *doses: str) -> DoseTable:
    rows = tuple((Fraction(number + 1, 2), Fraction(dose)) for number, dose in enumerate(doses))
    return DoseTable(
        name=f"lt2_{target.split(maxsplit=1)[0].lower()}",
        source="40 CFR 141.720(d)(1); US EPA, UV Disinfection Guidance Manual, EPA 815-R-06-007, Table 1.4",
        edition="LT2ESWTR 2006",
        seen="copy of the table at fluidquip.com.au",
        target=target,
        rows=rows,
    )


TABLES = (
    _doses("Cryptosporidium", "1.6", "2.5", "3.9", "5.8", "8.5", "12", "15", "22"),
    _doses("Giardia lamblia", "1.5", "2.1", "3.0", "5.2", "7.7", "11", "15", "22"),
    _doses("virus", "39", "58", "79", "100", "121", "143", "163", "186"),
)
