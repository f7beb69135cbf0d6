"""Log inactivation by ozone: table and equation are two methods, and the coldest water counts."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rules.log_credit import log_credit
from rules.plan_check import PlanError, load_plan
from rules.published import CONTACTS, EQUATIONS

HEAD = """
plan: L
name: Line
site: {id: S, name: Site, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
"""
PLAN = """
sensors:
  o3: {unit: mg/L, resolution: 0.01, every: 5 s, silent_after: 30 s, uncertainty: 0.03}
  flow: {unit: m3/h, resolution: 0.1, every: 5 s, silent_after: 30 s, uncertainty: 0.2}
  t: {unit: degC, resolution: 0.1, every: 5 s, silent_after: 30 s, uncertainty: 0.3}
ccps:
  - id: C
    critical:
      - id: a
        kind: log_inactivation
        of: o3
        flow: flow
        temperature: t
        volume: 1 m3
        baffling: {factor: 0.5, basis: tracer study}
        judged_every: 10 s
        by: epa_2020_giardia_ozone
        at_least: 2.0 log
"""
GIARDIA, VIRUS = CONTACTS["epa_2020_giardia_ozone"], CONTACTS["epa_2020_virus_ozone"]


@pytest.mark.parametrize(
    ("name", "logs"), [("giardia", "10.13"), ("virus", "20.64"), ("cryptosporidium", "0.60")]
)
def test_the_equations_are_those_of_epa(name, logs):
    """tidywater: CT 2.34 at 20 degC gives 10.13, 20.64 and 0.60 log; what is credited ends with the tables."""
    equation = EQUATIONS[f"epa_2020_{name}_ozone_equation"]
    unlimited = equation.factor * equation.base**20 * Fraction("2.34")
    assert float(unlimited) == pytest.approx(float(logs), rel=0.005)  # the contact is rounded
    assert log_credit(equation, Fraction(20), 2340) == min(int(unlimited * 1000), int(equation.logs * 1000))


# Contacts for a log inactivation by the equations, rounded to three places: (log, degC, mg.min/L).
FORMULA = {
    "epa_2020_giardia_ozone_equation": [
        ("0.5", 5, "0.337"),
        ("0.5", 25, "0.081"),
        ("1.0", 10, "0.471"),
        ("2.0", 5, "1.348"),
        ("2.0", 20, "0.461"),
        ("3.0", 15, "0.989"),
        ("3.0", 25, "0.484"),
    ],
    "epa_2020_virus_ozone_equation": [
        ("2.0", 5, "0.648"),
        ("2.0", 15, "0.321"),
        ("3.0", 10, "0.685"),
        ("4.0", 5, "1.296"),
        ("4.0", 25, "0.319"),
    ],
}


@pytest.mark.parametrize("name", FORMULA)
def test_contacts_by_the_equations_are_those_published(name):
    """log / (factor x base ** T), as computed beside the tables."""
    for logs, celsius, contact in FORMULA[name]:
        equation = EQUATIONS[name]
        assert round(Fraction(logs) / (equation.factor * equation.base**celsius), 3) == Fraction(contact)


def test_the_table_is_not_the_equation():
    """0.95 mg.min/L at 15 degC: 3 log by the table, less by the equation; at 25 degC the other way round."""
    equation = EQUATIONS["epa_2020_giardia_ozone_equation"]
    assert log_credit(GIARDIA, Fraction(15), 950) == 3000
    assert log_credit(equation, Fraction(15), 950) == 2881
    assert log_credit(GIARDIA, Fraction(5), 1900) == 3000 > log_credit(equation, Fraction(5), 1900)


def test_temperatures_are_rounded_down_to_a_column():
    """9.9 degC is judged as 5 degC; nothing is interpolated; colder than 1 degC earns nothing."""
    assert log_credit(GIARDIA, Fraction("9.9"), 1900) == log_credit(GIARDIA, Fraction(5), 1900) == 3000
    assert log_credit(GIARDIA, Fraction(10), 1430) == 3000
    assert log_credit(GIARDIA, Fraction("9.9"), 1430) < 3000
    assert log_credit(GIARDIA, Fraction("0.9"), 10_000) == 0


def test_a_part_earns_a_part_only_where_a_clause_says_so():
    """Giardia: the inactivation ratio times 3.0 (40 CFR 141.534). Viruses: 4 log or nothing."""
    assert log_credit(GIARDIA, Fraction(15), 475) == 1500
    assert log_credit(VIRUS, Fraction(15), 600) == 4000
    assert log_credit(VIRUS, Fraction(15), 599) == 0


@pytest.mark.parametrize("by", [GIARDIA, VIRUS, *EQUATIONS.values()], ids=lambda by: by.name)
def test_more_contact_or_warmer_water_never_earns_less(by):
    """Monotone in both."""
    found = [
        [log_credit(by, Fraction(tenths, 10), contact) for contact in range(0, 3000, 150)]
        for tenths in range(0, 300, 7)
    ]
    assert all(row == sorted(row) for row in found)
    assert all(list(column) == sorted(column) for column in zip(*found, strict=True))


@pytest.fixture(scope="module")
def water(make_bench):
    """Makes a line with a vessel of 1 m3, T10/T 0.5."""
    made = {}

    def make(by="epa_2020_giardia_ozone", more=""):
        if (by, more) not in made:
            made[by, more] = make_bench(PLAN.replace("epa_2020_giardia_ozone", by) + more)
        return made[by, more]

    return make


def judged(bench, *, seconds=1800, o3=0.40, flow=12.0, t=15.0, without=()):
    """Verdict, least and greatest value at the end; each input a number, or a function of the second."""
    rows = []
    for name, value in (("o3", o3), ("flow", flow), ("t", t)):
        for at in range(0, seconds, 5):
            if (name, at) not in without:
                rows.append((f"{name}/1", at, value(at) if callable(value) else value))
    (limit,) = bench.program.limits
    point = bench.decisions(rows, until=seconds - 5).timeline(limit)[-1]
    return point.verdict, point.low, point.high


def test_a_steady_flow_earns_what_the_table_says(water):
    """1 m3 at 12 m3/h is 5 min less a window; x 0.5 x 0.40 mg/L = 0.97 mg.min/L of 0.95: 3 log at 15 degC."""
    assert judged(water())[::2] == ("ok", 3.0)
    verdict, _, steady = judged(water(), o3=0.30)
    assert (verdict, steady) == ("ok", pytest.approx(0.3 * 0.5 * 290 / 60 / 0.95 * 3, abs=0.002))
    assert judged(water(), o3=0.20)[0] == "deviation"


def test_the_coldest_while_the_water_was_inside_counts(water):
    """A minute at 9.9 degC counts for all water that was inside then: the column of 5 degC."""

    def cold(at):
        return 9.9 if 900 <= at < 960 else 15.0

    verdict, worst, _ = judged(water(), t=cold, seconds=1100, o3=0.30)
    assert (verdict, worst) == ("deviation", pytest.approx(0.3 * 0.5 * 290 / 60 / 1.9 * 3, abs=0.002))
    assert judged(water(), t=cold, seconds=1240, o3=0.30)[0] == "deviation"
    assert judged(water(), t=cold, seconds=1300, o3=0.30)[0] == "ok"


def test_a_temperature_that_is_not_known_credits_nothing(water):
    """Two minutes without it: nothing can be said of water that was inside then."""
    lost = {("t", at) for at in range(900, 1020, 5)}
    assert judged(water(), without=lost, seconds=1100)[0] == "indeterminate"
    assert judged(water(), without=lost, seconds=1500)[0] == "ok"


def test_guarded_by_all_three_uncertainties(water):
    """C - 0.03, Q + 0.2, T - 0.3: at 15.0 degC it is judged as 14.7, by the column of 10 degC."""
    _, _, steady = judged(water(more="        guard: uncertainty\n"), o3=0.50)
    assert steady == pytest.approx((0.50 - 0.03) * 0.5 * (3600 / 12.2 - 10) / 60 / 1.43 * 3, abs=0.002)


def test_by_equation_it_is_another_method(water):
    """Named in the plan, and a little less at 15 degC."""
    verdict, _, steady = judged(water("epa_2020_giardia_ozone_equation"), o3=0.30)
    assert verdict == "ok"
    assert steady == pytest.approx(1.038 * 1.0741**15 * 0.3 * 0.5 * 290 / 60, abs=0.003)


@pytest.mark.parametrize(
    ("was", "written", "message"),
    [
        ("by: epa_2020_giardia_ozone", "by: epa", "known are epa_2020_giardia_ozone"),
        ("at_least: 2.0 log", "at_most: 2.0 log", "at_least or above"),
        ("at_least: 2.0 log", "at_least: 4.0 log", "credits 3 log at most"),
        ("at_least: 2.0 log", "at_least: 2.0 mg.min/L", "cannot become log"),
        ("temperature: t", "temperature: o3", "no thermometer"),
        ("temperature: t", "temperature: warm", "no sensor named warm"),
        ("of: o3", "of: t", "no concentration"),
        (", uncertainty: 0.2}", "}", "uncertainty of flow too"),
        (", uncertainty: 0.3}", "}", "uncertainty of t too"),
    ],
)
def test_what_cannot_be_meant_is_refused(was, written, message):
    """With the words that say what to write."""
    text = HEAD + PLAN + "        guard: uncertainty\n"
    assert text.count(was) == 1
    with pytest.raises(PlanError, match=message):
        load_plan(text.replace(was, written), "plan.yaml")
