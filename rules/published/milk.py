"""Pasteurisation of milk: the time and temperature of every particle."""

from __future__ import annotations

from rules.published_table import DwellTable, dwell_rows

_SOURCE = "Grade A Pasteurized Milk Ordinance, definition of pasteurization; 21 CFR 131.3(b)"
_EDITION = "PMO as adopted in the texts seen (2008 to 2010); compare with the edition in force"
_SEEN = "Michigan MCL 288.697 (all rows); Texas 25 TAC 217.1(68)(A) and South Dakota SDCL 40-32-2 (milk)"

TABLES = (
    DwellTable(
        name="pmo_milk",
        source=_SOURCE,
        edition=_EDITION,
        seen=_SEEN,
        rows=dwell_rows(
            (145, 63, "1800"),
            (161, 72, "15"),
            (191, 89, "1"),
            (194, 90, "0.5"),
            (201, 94, "0.1"),
            (204, 96, "0.05"),
            (212, 100, "0.01"),
        ),
    ),
    DwellTable(
        name="pmo_cream_or_sweetened",
        source=_SOURCE,
        edition=_EDITION,
        seen=_SEEN,
        rows=dwell_rows(
            (150, 66, "1800"),
            (166, 75, "15"),
            (196, 92, "1"),
            (199, 93, "0.5"),
            (206, 97, "0.1"),
            (209, 99, "0.05"),
            (217, 103, "0.01"),
        ),
    ),
    DwellTable(
        name="pmo_eggnog_frozen_mix",
        source=_SOURCE,
        edition=_EDITION,
        seen=_SEEN,
        rows=dwell_rows((155, 69, "1800"), (175, 80, "25"), (180, 83, "15")),
    ),
    DwellTable(
        name="michigan_cream_for_butter",
        source="Michigan MCL 288.697, Manufacturing Milk Law of 2001, section 137",
        edition="2008",
        seen="Michigan MCL 288.697",
        rows=dwell_rows((165, 74, "1800"), (185, 85, "15")),
    ),
    DwellTable(
        name="michigan_plastic_frozen_cream",
        source="Michigan MCL 288.697, Manufacturing Milk Law of 2001, section 137",
        edition="2008",
        seen="Michigan MCL 288.697",
        rows=dwell_rows((170, 77, "1800"), (190, 88, "15")),
    ),
    DwellTable(
        name="michigan_ultra_pasteurized",
        source="Michigan MCL 288.697, Manufacturing Milk Law of 2001, section 137",
        edition="2008",
        seen="Michigan MCL 288.697",
        rows=dwell_rows((280, 138, "2")),
    ),
)
