"""Ozone contact (C x T) of water treatment. Only rows that were seen are here: those of 3 log and of 4 log."""

from __future__ import annotations

from fractions import Fraction

from rules.published_table import ContactTable

_SEEN = (
    "transcriptions of EPA 815-R-20-003 Appendix B (py_disinfection, SylvieWaterServices; two copies alike)"
)


def _columns(*contacts: str) -> tuple[tuple[Fraction, Fraction], ...]:
    return tuple(
        (Fraction(celsius), Fraction(contact))
        for celsius, contact in zip((1, 5, 10, 15, 20, 25), contacts, strict=True)
    )


TABLES = (
    ContactTable(
        name="epa_2020_giardia_ozone",
        source="US EPA 815-R-20-003, Disinfection Profiling and Benchmarking, Table B-5; 40 CFR 141.74(b)(3)(v)",
        edition="June 2020",
        seen=_SEEN,
        target="Giardia lamblia",
        logs=Fraction(3),
        columns=_columns("2.9", "1.9", "1.43", "0.95", "0.72", "0.48"),
    ),
    ContactTable(
        name="epa_2020_virus_ozone",
        source="US EPA 815-R-20-003, Disinfection Profiling and Benchmarking, Table B-6",
        edition="June 2020",
        seen=_SEEN,
        target="viruses",
        logs=Fraction(4),
        columns=_columns("1.8", "1.2", "1.0", "0.6", "0.5", "0.3"),
    ),
)
