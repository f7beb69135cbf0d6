"""Each rule: a plan that it doubts, at its place and in its words; and a good plan, of which none says a word."""

from __future__ import annotations

import pytest

from rules.lint import RULES
from rules.linting import doubts
from rules.plan_check import place, placed_plan

GOOD = """\
plan: water
name: Water line
site: {id: S, name: Works, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00:00+08:00
products:
  - {id: P, name: Water, scheduled_process: {id: SP-1, flow_at_most: 7.0 m3/h}}
  - {id: Q, name: Soda, scheduled_process: {id: SP-1, flow_at_most: 7.0 m3/h}}
line:
  product: {from: made}
  state: {from: mode, codes: {"1": running, "2": cleaning}}
  judged_when: running
sensors:
  ozone: {unit: mg/L, resolution: 0.01, range: [0, 2], uncertainty: 0.03, every: 5 s, stuck: {unchanged_for: 10 min}}
  flow: {unit: m3/h, resolution: 0.1, range: [0, 50], uncertainty: 0.2, every: 5 s}
  uv: {unit: mW/cm2, resolution: 0.1, range: [0, 50], uncertainty: 0.5, every: 5 s}
  uvt: {unit: percent, resolution: 0.1, range: [0, 100], uncertainty: 0.5, every: 60 s}
  core: {unit: degC, resolution: 0.1, range: [0, 150], uncertainty: 0.3, every: 5 s}
  mixer: {unit: bool, every: 5 s}
  made: {unit: text, every: on change}
  mode: {unit: code, every: 5 s}
ccps:
  - id: CCP1
    hazards: [{biological: vegetative bacteria}]
    critical:
      - {id: low, kind: threshold, of: ozone, at_least: 0.25 mg/L, confirm: 2 readings, clears: {at_least: 0.26 mg/L},
         basis: VR-1}
      - {id: fast, kind: threshold, of: flow, at_most: scheduled_process.flow_at_most}
      - {id: mixing, kind: state_held, of: mixer, off_at_most: 20 s, products: [P, Q], basis: VR-1}
      - id: dose
        kind: uv_dose
        of: uv
        flow: flow
        transmittance: uvt
        setpoint: {intensity_at_least: 8.0 mW/cm2, flow_at_most: 12.0 m3/h, transmittance_at_least: 90.0 percent}
        delivers: 40 mJ/cm2
        basis: report 2025-117
      - id: contact
        kind: contact_time
        of: ozone
        flow: flow
        volume: 2.5 m3
        baffling: {factor: 0.3, basis: TS-1}
        judged_every: 10 s
        at_least: 1.6 mg.min/L
        basis: VR-1
    supporting:
      - {id: f0, kind: lethality, of: core, reference: 121.1 degC, z: 10 K, at_least: 3.0 min}
    operating:
      - {id: nearly, kind: threshold, of: ozone, at_least: 0.28 mg/L}
    monitoring: {what: ozone, how: online, every: 5 s, by: filler operator, evaluated_by: food safety officer}
    silence: {verdict: {after: 15 s}, case: {after: 5 min, as: monitoring_loss}}
    on_deviation:
      affected: last good to first good
      steps:
        - {do: stop, by: filler operator, within: 2 min}
        - {do: disposition, one_of: [release, destroy], signed_by: [food safety officer, food safety director]}
oprps:
  - id: RINSE
    criteria: [{id: warm, kind: threshold, of: core, at_least: 60.0 degC, during: cleaning}]
    on_breach: {steps: [{do: rinse again, by: filler operator}]}
verification:
  - {id: records, what: review of the records, every: 7 d, by: food safety director}
  - {id: meters, what: calibration, of: [ozone, flow, uv, uvt, core], every: 30 d, tolerance: 0.03 mg/L}
notices:
  - {at: 0 s, to: filler operator}
  - {after: 15 min, unless: acknowledged, to: food safety officer}
"""

DOUBTED = [
    (
        "slow-sensor",
        "mixer: {unit: bool, every: 5 s",
        "mixer: {unit: bool, every: 10 s",
        "20 s is less than 3 readings of mixer",
    ),
    (
        "slow-sensor",
        "clears: {at_least: 0.26 mg/L}",
        "clears: {at_least: 0.26 mg/L, for: 9 s}",
        "9 s is less than 3",
    ),
    (
        "long-patience",
        "verdict: {after: 15 s}",
        "verdict: {after: 30 s}",
        "a whole deviation fits into a gap",
    ),
    (
        "long-patience",
        "case: {after: 5 min,",
        "case: {after: 15 min,",
        "silence of mixer makes a case after 15 min, an excursion after 20 s",
    ),
    ("thin-margin", "at_least: 0.28 mg/L", "at_least: 0.27 mg/L", "warns 0.02 mg/L before low"),
    (
        "thin-margin",
        "{id: warm, kind: threshold, of: core, at_least: 60.0 degC,",
        "{id: warm, kind: band, of: core, at_least: 60.0 degC, at_most: 60.5 degC,",
        "the band is 0.5 degC wide",
    ),
    (
        "coarse-resolution",
        "uvt: {unit: percent, resolution: 0.1",
        "uvt: {unit: percent, resolution: 1",
        "coarser than",
    ),
    (
        "grace-without-basis",
        "products: [P, Q], basis: VR-1",
        "products: [P, Q]",
        "off_at_most: 20 s shifts",
    ),
    (
        "grace-without-basis",
        "{at_least: 0.26 mg/L},\n         basis: VR-1",
        "{at_least: 0.26 mg/L}",
        "confirm: 2 readings shifts",
    ),
    ("no-basis", "        basis: report 2025-117\n", "", "dose does not say what it rests on"),
    (
        "no-monitoring",
        "    monitoring: {what: ozone, how: online, every: 5 s, by: filler operator, evaluated_by: food safety officer}\n",
        "",
        "CCP1 does not say what is watched",
    ),
    ("no-monitoring", ", evaluated_by: food safety officer", "", "does not say who evaluates"),
    (
        "no-corrective-action",
        "by: filler operator, within: 2 min",
        "within: 2 min",
        "nobody is named to do this",
    ),
    ("no-corrective-action", "      affected: last good to first good\n", "", "which product is affected"),
    (
        "no-corrective-action",
        "    on_breach: {steps: [{do: rinse again, by: filler operator}]}\n",
        "",
        "RINSE does not say what is done when it does not hold: write on_breach",
    ),
    (
        "no-verification",
        "{id: records, what: review of the records,",
        "{id: walk, what: walk,",
        "nobody reviews the records",
    ),
    ("no-calibration", "[ozone, flow, uv, uvt, core]", "[ozone, flow, uv, core]", "dose rests on uvt"),
    ("no-calibration", "core], every: 30 d,", "core],", "the calibration of ozone has no interval"),
    (
        "unwatched-factor",
        "flow_at_most: 7.0 m3/h}}",
        "flow_at_most: 7.0 m3/h, fill_at_most: 340 g}}",
        "no limit watches fill_at_most, a critical factor of SP-1",
    ),
    (
        "product-without-limit",
        "products: [P, Q]",
        "products: [P]",
        "mixing is not of Q, and nothing like it is",
    ),
    ("looser-operating", "at_least: 0.28 mg/L", "at_least: 0.2 mg/L", "looser than the critical limit low"),
    (
        "looser-operating",
        "{id: nearly, kind: threshold, of: ozone, at_least: 0.28 mg/L}",
        "{id: nearly, kind: threshold, of: flow, at_most: 7.0 m3/h}",
        "no tighter than the critical limit fast (7 m3/h)",
    ),
    (
        "out-of-range",
        "range: [0, 50], uncertainty: 0.2",
        "range: [0, 7], uncertainty: 0.2",
        "can never be broken",
    ),
    ("out-of-range", "core, at_least: 60.0 degC", "core, at_least: 160.0 degC", "can never hold"),
    (
        "beyond-physics",
        "transmittance_at_least: 90.0 percent",
        "transmittance_at_least: 900.0 percent",
        "900 percent is beyond",
    ),
    (
        "misspelt-role",
        "steps: [{do: rinse again, by: filler operator}]",
        "steps: [{do: rinse again, by: filler opertor}]",
        "looks like filler operator",
    ),
    (
        "misspelt-role",
        "every: 7 d, by: food safety director",
        "every: 7 d, by: Food-Safety Director",
        "looks like Food-Safety Director",
    ),
    ("nobody-told", GOOD[GOOD.index("notices:") :], "", "nobody hears of a deviation"),
    ("nobody-told", "{at: 0 s, to: filler operator}", "{at: 5 min, to: filler operator}", "due within 2 min"),
    (
        "no-uncertainty",
        ", range: [0, 50], uncertainty: 0.5, every: 5 s",
        ", uncertainty: 0.5, every: 5 s",
        "what can be real",
    ),
    (
        "no-uncertainty",
        "range: [0, 50], uncertainty: 0.5, every: 5 s",
        "range: [0, 50], every: 5 s",
        "how exactly it must",
    ),
    (
        "met-once",
        "      - {id: low,",
        "      - {id: held, kind: dwell, of: core, at_least: 70.0 degC, for: 30 s, basis: VR-1}\n      - {id: low,",
        "met once in each stretch of running",
    ),
    (
        "met-once",
        "      - {id: low,",
        (
            "      - {id: held, kind: table_dwell, of: core, table: pmo_milk, during: [running, cleaning], basis: VR-1}\n"
            "      - {id: low,"
        ),
        "says ok across a later dip",
    ),
    ("mixed-class", "  - id: RINSE\n", "  - id: RINSE\n    name: critical rinse\n", "critical in an OPRP"),
    ("mixed-class", "  - id: CCP1\n", "  - id: CCP1\n    name: OPRP ozone\n", "OPRP in a CCP"),
    (
        "contradiction",
        "core, at_least: 60.0 degC, during: cleaning}",
        "core, at_least: 60.0 degC}, {id: cold, kind: threshold, of: core, at_most: 50.0 degC}",
        "core cannot be at least 60 degC and at most 50 degC at once: RINSE warm asks the other",
    ),
    (
        "no-effect",
        "clears: {at_least: 0.26 mg/L}",
        "clears: {at_least: 0.24 mg/L}",
        "clears where the limit does not hold",
    ),
    (
        "no-effect",
        "clears: {at_least: 0.26 mg/L}",
        "except: [{while: mixer, at_least: 0.25 mg/L, for_at_most: 5 min}]",
        "no looser than low itself",
    ),
    (
        "no-effect",
        "at_least: 0.25 mg/L, confirm: 2 readings",
        "at_least: 0.25 mg/L, compare: rounded, confirm: 2 readings",
        "comes in steps of 0.01 mg/L",
    ),
    (
        "no-effect",
        "z: 10 K, at_least: 3.0 min",
        "z: 10 K, at_least: 3.000 min, compare: rounded",
        "comes in steps of 0.001 min",
    ),
    ("no-hazard", "    hazards: [{biological: vegetative bacteria}]\n", "", "CCP1 does not say which hazard"),
    (
        "hazard-out-of-reach",
        "vegetative bacteria",
        "诺如病毒",
        "40 mJ/cm2 is credited with 0.5 log of virus, 4 log ask 186",
    ),
]


def said(text: str) -> list[str]:
    """What the rules say of a plan, in the order of the file, without its name."""
    plan, marks = placed_plan(text, "p")
    found = [(place(doubt.path, marks), str(doubt)) for doubt in doubts(plan, RULES)]
    return [f"{mark.line}:{mark.column}: {doubt}" for mark, doubt in sorted(found)]


def changed(old: str, new: str) -> str:
    """The good plan with one change."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_nothing_is_said_of_a_good_plan():
    """A linter that talks of good plans is not read."""
    assert said(GOOD) == []


@pytest.mark.parametrize(("name", "old", "new", "words"), DOUBTED)
def test_what_is_doubtful_is_told_by_name(name, old, new, words):
    """One change, and the rule says what is wrong; no other rule does."""
    found = said(changed(old, new))
    assert [each.split("[")[1].split("]")[0] for each in found] == [name] * len(found)
    assert any(words in each for each in found), found


@pytest.mark.parametrize(
    "more",
    [
        ("  judged_when: running", "  batch: {from: lot}\n  judged_when: running"),
        ("  judged_when: running", "  judged_when: [running, cleaning]"),
    ],
)
def test_a_dwell_of_a_batch_or_of_a_phase_is_met_where_it_belongs(more):
    """With batches, or in one phase of several, once in a cycle is what is meant."""
    text = GOOD.replace(
        "      - {id: low,",
        "      - {id: held, kind: dwell, of: core, at_least: 70.0 degC, for: 30 s, during: running, basis: VR-1}\n"
        "      - {id: low,",
    )
    text = text.replace("sensors:\n", "sensors:\n  lot: {unit: text, every: on change}\n")
    assert any("met-once" in each for each in said(text))
    assert not any("met-once" in each for each in said(text.replace(*more)))


def test_every_rule_that_needs_no_readings_is_tried():
    """A rule without a plan that it doubts is not tested."""
    assert {name for name, *_ in DOUBTED} == {rule.name for rule in RULES.values() if not rule.needs_readings}


@pytest.mark.parametrize(
    ("hazard", "bound", "doubted"),
    [
        ("Clostridium botulinum", "2.9 min", True),
        ("Clostridium botulinum", "3.0 min", False),
        ("肉毒梭菌", "2.5 min", True),
        ("vegetative bacteria", "1.0 min", False),
    ],
)
def test_a_botulinum_cook_is_three_minutes(hazard, bound, doubted):
    """F0 3 min at 121.1 degC; less is no control of that hazard."""
    text = changed("vegetative bacteria", hazard).replace("at_least: 3.0 min", f"at_least: {bound}")
    assert any("botulinum cook" in each for each in said(text)) is doubted


def test_listeria_asks_two_minutes_at_seventy_degrees():
    """Six log; by the reference at which the limit counts its minutes."""
    text = changed("vegetative bacteria", "Listeria monocytogenes").replace(
        "reference: 121.1 degC", "reference: 70 degC"
    )
    assert not any("Listeria" in each for each in said(text))
    assert any(
        "70 degC for 2 min" in each for each in said(text.replace("at_least: 3.0 min", "at_least: 1.5 min"))
    )


@pytest.mark.parametrize(
    ("hazard", "dose", "doubted"),
    [
        ("virus", "186", False),
        ("virus", "163", True),
        ("Giardia", "11", False),
        ("Giardia", "7.7", True),
        ("Cryptosporidium", "5.8", False),
    ],
)
def test_a_dose_is_held_against_the_table_of_its_hazard(hazard, dose, doubted):
    """40 CFR 141.720(d)(1): 4 log of viruses, 3 of Giardia, 2 of Cryptosporidium."""
    text = changed("vegetative bacteria", hazard).replace("delivers: 40 mJ/cm2", f"delivers: {dose} mJ/cm2")
    assert any("is credited with" in each for each in said(text)) is doubted


def test_one_limit_that_controls_a_hazard_suffices():
    """Cryptosporidium is beyond the ozone of this plan, and within its UV dose of 40 mJ/cm2; not within 3."""
    text = changed("vegetative bacteria", "Cryptosporidium")
    assert said(text) == []
    dim = said(text.replace("delivers: 40 mJ/cm2", "delivers: 3 mJ/cm2"))
    assert any(
        "3 mJ/cm2 is credited with 1 log of Cryptosporidium, 2 log ask 5.8 mJ/cm2" in each for each in dim
    )
    ozone = (
        "1.6 mg.min/L does not control cryptosporidium: 2 log ask 4.9 mg.min/L of ozone in water of 25 degC"
    )
    assert any(ozone in each for each in dim)


def test_a_table_credits_its_own_organism():
    """An inactivation by the table of Giardia says nothing of viruses."""
    i, j = GOOD.index("      - id: dose\n"), GOOD.index("    supporting:\n")
    by_table = """\
      - id: giardia
        kind: log_inactivation
        of: ozone
        flow: flow
        temperature: core
        volume: 2.5 m3
        baffling: {factor: 0.3, basis: TS-1}
        judged_every: 10 s
        by: epa_2020_giardia_ozone
        at_least: 2.0 log
        basis: VR-1
"""
    text = GOOD[:i] + by_table + GOOD[j:]
    assert not any("hazard" in each for each in said(text.replace("vegetative bacteria", "Giardia lamblia")))
    (doubt,) = [each for each in said(text.replace("vegetative bacteria", "norovirus")) if "hazard" in each]
    assert "epa_2020_giardia_ozone credits Giardia lamblia, not virus" in doubt


def test_a_guard_band_moves_the_limit_that_is_warned_of():
    """With w = U the critical limit of 0.25 mg/L is judged at 0.28: a warning at 0.28 is none."""
    guarded = GOOD.replace(
        "at_least: 0.25 mg/L, confirm: 2 readings, clears: {at_least: 0.26 mg/L}",
        "at_least: 0.25 mg/L, guard: uncertainty",
    )
    assert any("no tighter than the critical limit low (0.28 mg/L)" in each for each in said(guarded))


def test_roles_that_differ_by_a_number_are_two():
    """Operator 1 is not operator 2, and 班长 is not 组长."""
    text = changed(
        "steps: [{do: rinse again, by: filler operator}]", "steps: [{do: rinse again, by: filler operator 2}]"
    )
    assert said(text) == []
    short = text.replace("every: 7 d, by: food safety director", "every: 7 d, by: 班长").replace(
        "filler operator 2", "组长"
    )
    assert said(short) == []


@pytest.mark.parametrize(
    ("bridge", "doubted"),
    [
        ("{up_to: 30 s, if: others good}", True),
        ("{up_to: 30 s, if: slew and others good}", True),
        ("{up_to: 30 s, if: slew}", False),
        ("{up_to: 30 s, if: others good, for: [pair]}", False),
    ],
)
def test_a_dwell_is_not_bridged_by_other_points_and_that_is_said(bridge, doubted):
    """What was held at each point is its own; by slew alone a gap in it may be bridged."""
    text = GOOD.replace(
        "every: 5 s}\n  mixer", "every: 5 s, points: 2, slew_at_most: 0.1 K/min}\n  mixer"
    ).replace(
        "  mixer:",
        "  pair: {unit: degC, resolution: 0.1, range: [0, 90], uncertainty: 0.3, every: 5 s, points: 2,"
        " slew_at_most: 0.1 K/min}\n  mixer:",
    )
    held = "      - {id: held, kind: dwell, of: core, at_least: 70.0 degC, for: 30 s, during: running, basis: VR-1}\n"
    more = "      - {id: pair, kind: threshold, of: pair, at_most: 80.0 degC, basis: VR-1}\n"
    more += "      - {id: also, kind: threshold, of: core, at_most: 140.0 degC, basis: VR-1}\n"
    head = "  - id: CCP9\n    critical:\n" + held + more
    silence = f"    silence: {{bridge: {bridge}, case: {{after: 60 s, as: monitoring_loss}}}}\n"
    plan, _ = placed_plan(text.replace("ccps:\n", "ccps:\n" + head + silence, 1), "p")
    found = [doubt for doubt in doubts(plan, RULES) if doubt.name == "no-effect"]
    assert [doubt.path for doubt in found] == [("ccps", 0, "silence", "bridge", "if")] * doubted
