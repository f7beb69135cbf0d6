"""Cooling of cooked food in stages."""

from __future__ import annotations

from rules.published_table import CoolingScheme, cooling_stages

_FSIS = "FSIS, Appendix B, Compliance Guidelines for Cooling Heat-Treated Meat and Poultry Products (Stabilization)"

TABLES = (
    CoolingScheme(
        name="food_code",
        source="FDA Food Code 3-501.14(A): to 70 degF in 2 h, to 41 degF in 6 h in all",
        edition="as adopted by Oklahoma (2021)",
        seen="Okla. Admin. Code 310:257-5-57",
        stages=cooling_stages((135, 70, 120, True), (135, 41, 360, True)),
    ),
    CoolingScheme(
        name="fsis_1999_uncured",
        source=f"{_FSIS}, option 1",
        edition="January 1999, updated June 1999",
        seen="transcription of Appendix B at survivalmonkey.com/threads/673; Ohio State University, meatsci.osu.edu",
        stages=cooling_stages((130, 80, 90, False), (80, 40, 300, False)),
    ),
    CoolingScheme(
        name="fsis_1999_large",
        source=f"{_FSIS}, option 2: compliance is less certain if it stays between 120 and 80 degF for more than 1 h",
        edition="January 1999, updated June 1999",
        seen="Michigan State University, canr.msu.edu, 2020; Ohio State University, meatsci.osu.edu/node/117",
        stages=cooling_stages(
            (120, 55, 360, True),
        ),
    ),
    CoolingScheme(
        name="us_army_2003",
        source="TM 10-412, Armed Forces Recipe Service, A. General information No. 32(1)",
        edition="2003",
        seen="wikisource.org, TM-10-412 (2003), page 63",
        stages=cooling_stages((140, 70, 120, False), (70, 41, 240, False)),
    ),
)
