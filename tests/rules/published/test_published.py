"""Published tables: they say where they come from, and are as monotone as nature."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import log10
from pathlib import Path

import pytest

from readings.times import MINUTE, SECOND
from readings.units import unit_named
from rules.published import CONTACTS, COOLINGS, DOSES, DWELLS, EQUATIONS, TABLES
from rules.published_table import ContactTable, CoolingScheme, DoseTable, DwellTable, Published


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_every_table_says_where_it_comes_from_and_who_saw_it(table: Published) -> None:
    """Source, edition, and the text in which the numbers were seen; never from memory."""
    assert min(len(table.source), len(table.edition), len(table.seen)) >= 4
    assert "recalled" not in table.seen


def test_every_table_is_of_one_kind_and_named_once() -> None:
    """Names are found in one of the five kinds."""
    kinds = (DWELLS, CONTACTS, EQUATIONS, DOSES, COOLINGS)
    assert sum(len(each) for each in kinds) == len(TABLES)


@pytest.mark.parametrize("table", DWELLS.values(), ids=list(DWELLS))
def test_the_hotter_the_shorter(table: DwellTable) -> None:
    """Temperatures rise strictly, times never."""
    for colder, hotter in pairwise(table.rows):
        assert colder.fahrenheit < hotter.fahrenheit
        assert colder.celsius < hotter.celsius
        assert colder.lasts >= hotter.lasts


@pytest.mark.parametrize("table", DWELLS.values(), ids=list(DWELLS))
def test_degrees_printed_side_by_side_are_the_same(table: DwellTable) -> None:
    """Within the rounding of the publisher: no row is mistyped."""
    for row in table.rows:
        exact = (row.fahrenheit - 32) * 5 / 9
        assert abs(exact - row.celsius) < (1 if row.celsius.denominator == 1 else Fraction(1, 10))


@pytest.mark.parametrize("table", CONTACTS.values(), ids=list(CONTACTS))
def test_warmer_water_needs_less_contact(table: ContactTable) -> None:
    """Columns rise, contacts fall."""
    for colder, warmer in pairwise(table.columns):
        assert colder[0] < warmer[0]
        assert colder[1] > warmer[1]


@pytest.mark.parametrize("table", DOSES.values(), ids=list(DOSES))
def test_more_logs_need_more_dose(table: DoseTable) -> None:
    """Both columns rise."""
    for less, more in pairwise(table.rows):
        assert less[0] < more[0]
        assert less[1] < more[1]


@pytest.mark.parametrize("scheme", COOLINGS.values(), ids=list(COOLINGS))
def test_cooling_goes_down(scheme: CoolingScheme) -> None:
    """Each stage ends colder than it begins, and than the one before; times from the beginning grow."""
    assert all(stage.ends < stage.begins for stage in scheme.stages)
    for first, second in pairwise(scheme.stages):
        assert second.ends < first.ends
        assert second.begins == (first.begins if second.total else first.ends)
        assert not second.total or second.within > first.within


def test_appendix_a_is_log_linear_with_a_z_of_10_degf() -> None:
    """FSIS Appendix A (1999): from 130 to 145 degF, the times fall tenfold in 10.0 degF (least squares)."""
    rows = [row for row in DWELLS["fsis_1999_beef_6.5_log"].rows if 130 <= row.fahrenheit <= 157]
    xs = [float(row.fahrenheit) for row in rows]
    ys = [log10(row.lasts / MINUTE) for row in rows]
    middle, height = sum(xs) / len(xs), sum(ys) / len(ys)
    slope = sum((x - middle) * (y - height) for x, y in zip(xs, ys, strict=True))
    slope /= sum((x - middle) ** 2 for x in xs)
    assert -1 / slope == pytest.approx(10.0, abs=0.1)


# Grade A PMO; 21 CFR 131.3; Michigan MCL 288.697: legal minimum time-temperature pairs (degF, degC, s).
PMO = {
    "pmo_milk": [
        (145, 63, "1800"),
        (161, 72, "15"),
        (191, 89, "1.0"),
        (194, 90, "0.5"),
        (201, 94, "0.1"),
        (204, 96, "0.05"),
        (212, 100, "0.01"),
    ],
    "pmo_cream_or_sweetened": [
        (150, 66, "1800"),
        (166, 75, "15"),
        (196, 92, "1.0"),
        (199, 93, "0.5"),
        (206, 97, "0.1"),
        (209, 99, "0.05"),
        (217, 103, "0.01"),
    ],
    "pmo_eggnog_frozen_mix": [(155, 69, "1800"), (175, 80, "25"), (180, 83, "15")],
    "michigan_cream_for_butter": [(165, 74, "1800"), (185, 85, "15")],
    "michigan_plastic_frozen_cream": [(170, 77, "1800"), (190, 88, "15")],
    "michigan_ultra_pasteurized": [(280, 138, "2")],
    # FDA Food Code 3-401.11(A): 18 AAC 31.232 Table B; 410 IAC 7-24-182
    "food_code_ground_or_injected": [(145, 63, "180"), (150, 66, "60"), (155, 68, "15"), (158, 70, "1")],
    "food_code_poultry_or_stuffed": [(165, 74, "15")],
    "food_code_whole_muscle_fish_or_eggs": [(145, 63, "15")],
}


@pytest.mark.parametrize("name", PMO)
def test_dwell_pairs_are_those_published(name: str) -> None:
    """Temperature in both units and time, exactly."""
    rows = [(row.fahrenheit, row.celsius, Fraction(row.lasts, SECOND)) for row in DWELLS[name].rows]
    assert rows == [(hot, celsius, Fraction(seconds)) for hot, celsius, seconds in PMO[name]]


def test_editions_of_the_food_code_differ_and_are_named() -> None:
    """130 degF: 112 min, or 121 min where 7 log are asked for; 145 degF: 4 min."""
    first = {
        name: DWELLS[name].rows[0].lasts // MINUTE for name in DWELLS if "roasts" in name or "beef" in name
    }
    assert first == {
        "fsis_1999_beef_6.5_log": 112,
        "fsis_1999_beef_7_log": 121,
        "food_code_roasts_112_min": 112,
    }


def test_a_sensor_in_degc_is_asked_for_the_stricter_of_the_two_printed() -> None:
    """161 degF (72 degC): 72 in degC, 161 in degF. 130 degF (54.4 degC): 54.44 in degC."""
    milk, beef = DWELLS["pmo_milk"].rows[1], DWELLS["fsis_1999_beef_7_log"].rows[0]
    assert milk.temperature(unit_named("degC")) == 72
    assert milk.temperature(unit_named("degF")) == 161
    assert milk.temperature(unit_named("kelvin")) == Fraction("345.15")
    assert beef.temperature(unit_named("degC")) == Fraction(490, 9)


# EPA 815-R-20-003 (June 2020), Tables B-5 (3 log Giardia) and B-6 (4 log viruses), ozone; mg.min/L by degC.
OZONE = {
    "epa_2020_giardia_ozone": [
        (1, "2.9"),
        (5, "1.9"),
        (10, "1.43"),
        (15, "0.95"),
        (20, "0.72"),
        (25, "0.48"),
    ],
    "epa_2020_virus_ozone": [(1, "1.8"), (5, "1.2"), (10, "1.0"), (15, "0.6"), (20, "0.5"), (25, "0.3")],
}


@pytest.mark.parametrize("name", OZONE)
def test_ozone_contacts_are_those_published(name: str) -> None:
    """By column; between columns the colder one counts, above the last the last, below the first none."""
    table = CONTACTS[name]
    for celsius, contact in OZONE[name]:
        assert table.contact(Fraction(celsius)) == Fraction(contact)
        assert table.contact(Fraction(celsius) + Fraction(39, 10)) == Fraction(contact)
    assert table.contact(Fraction("9.9")) == table.contact(Fraction(5))
    assert table.contact(Fraction(40)) == table.contact(Fraction(25))
    assert table.contact(Fraction("0.9")) is None


def test_ozone_contacts_are_those_of_the_data_folder(recordings: Path) -> None:
    """Held against another transcription of EPA 815-R-20-003."""
    given = json.loads(
        (recordings / "expected" / "epa_ct_tables.json").read_text(encoding="utf-8"), parse_float=Decimal
    )["tables"]
    for name, key in (("giardia", "giardia_ct_ozone"), ("virus", "virus_ct_ozone")):
        columns = CONTACTS[f"epa_2020_{name}_ozone"].columns
        assert {str(celsius): contact for celsius, contact in columns} == {
            celsius: Fraction(contact) for celsius, contact in given[key].items()
        }


# 40 CFR 141.720(d)(1); UVDGM Table 1.4: mJ/cm2 for 0.5, 1.0 ... 4.0 log.
UV = {
    "lt2_cryptosporidium": ["1.6", "2.5", "3.9", "5.8", "8.5", "12", "15", "22"],
    "lt2_giardia": ["1.5", "2.1", "3.0", "5.2", "7.7", "11", "15", "22"],
    "lt2_virus": ["39", "58", "79", "100", "121", "143", "163", "186"],
}


@pytest.mark.parametrize("name", UV)
def test_uv_doses_are_those_published(name: str) -> None:
    """Each dose earns its row, and a hundredth less the row before."""
    for number, dose in enumerate(UV[name]):
        logs = Fraction(number + 1, 2)
        assert DOSES[name].logs(Fraction(dose)) == logs
        assert DOSES[name].logs(Fraction(dose) - Fraction(1, 100)) == logs - Fraction(1, 2)


def test_40_mj_is_no_dose_against_viruses() -> None:
    """40 mJ/cm2 is 4 log of Giardia and Cryptosporidium, and half a log of viruses; 186 is 4 log."""
    dose = Fraction(40)
    assert [DOSES[name].logs(dose) for name in UV] == [4, 4, Fraction(1, 2)]


def test_cooling_schemes_are_those_published() -> None:
    """(degF, degF, minutes, from the beginning of the first stage)."""
    found = {
        name: [(int(s.begins), int(s.ends), s.within // MINUTE, s.total) for s in scheme.stages]
        for name, scheme in COOLINGS.items()
    }
    assert found == {
        "food_code": [(135, 70, 120, True), (135, 41, 360, True)],
        "fsis_1999_uncured": [(130, 80, 90, False), (80, 40, 300, False)],
        "fsis_1999_large": [(120, 55, 360, True)],
        "us_army_2003": [(140, 70, 120, False), (70, 41, 240, False)],
    }
