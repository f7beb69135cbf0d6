"""Ozone contact (C x T) of water treatment. Only rows that were seen are here: 3 log of Giardia, 4 log of viruses."""

from __future__ import annotations

from fractions import Fraction

from rules.published_table import ContactEquation, ContactTable

_SEEN = (
    "transcriptions of EPA 815-R-20-003 Appendix B (py_disinfection, SylvieWaterServices; two copies alike)"
)


def _columns(*contacts: str) -> tuple[tuple[Fraction, Fraction], ...]:
    return tuple(
        (Fraction(celsius), Fraction(contact))
        for celsius, contact in zip((1, 5, 10, 15, 20, 25), contacts, strict=True)
    )


def _equation(name: str, target: str, logs: int, factor: str, base: str) -> ContactEquation:
    return ContactEquation(
        name=f"epa_2020_{name}_ozone_equation",
        source="US EPA 815-R-20-003, Disinfection Profiling and Benchmarking, equations 4-4 to 4-7",
        edition="June 2020",
        seen="tidywater (R package), solvect_o3, which cites them",
        target=target,
        logs=Fraction(logs),
        factor=Fraction(factor),
        base=Fraction(base),
        hottest=Fraction(25),
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
        in_part="40 CFR 141.534: the inactivation ratio, multiplied by 3.0",
    ),
    ContactTable(
        name="epa_2020_virus_ozone",
        source="US EPA 815-R-20-003, Disinfection Profiling and Benchmarking, Table B-6",
        edition="June 2020",
        seen=_SEEN,
        target="viruses",
        logs=Fraction(4),
        columns=_columns("1.8", "1.2", "1.0", "0.6", "0.5", "0.3"),
        in_part="",
    ),
    _equation("giardia", "Giardia lamblia", 3, "1.038", "1.0741"),
    _equation("virus", "viruses", 4, "2.1744", "1.0726"),
    _equation("cryptosporidium", "Cryptosporidium", 3, "0.0397", "1.09757"),
)
