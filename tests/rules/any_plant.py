"""Plans and plant days drawn by chance: every limit kind, every way to gate one, whatever goes wrong in ten minutes."""

from __future__ import annotations

from random import Random

Row = tuple[int, str, float | str | None]  # seconds, sensor/point, value; None where there was no answer


def _limits(text: str) -> list[str]:
    return [" ".join(each.split()) for each in text.strip().removeprefix("- ").split("\n- ")]


CRITICAL = _limits("""
- {id: plain, kind: threshold, of: core, at_least: 60.0 degC}
- {id: sure, kind: threshold, of: core, at_least: 60.0 degC, confirm: 2 readings, clears: {at_least: 62.0
  degC, for: 30 s}}
- {id: long, kind: threshold, of: core, at_least: 60.0 degC, for_more_than: 60 s}
- {id: spared, kind: band, of: two, at_least: 60.0 degC, at_most: 68.0 degC, combine: 1 of 2,
  for_more_than: 15 s}
- {id: defrost, kind: threshold, of: core, at_least: 60.0 degC, except: [{while: door, at_least: 10.0
  degC, for_at_most: 60 s, at_most_times: 2 per 2 h, recovers_within: 20 s}]}
- {id: shut, kind: threshold, of: core, at_least: 60.0 degC, while: {door: false}, after: 25 s}
- {id: dwell, kind: dwell, of: core, at_least: 60.0 degC, for: 2 min}
- {id: good, kind: dwell, of: core, at_least: 60.0 degC, for: 2 min, made_good_by: a longer hold}
- {id: dwell-any, kind: dwell, of: two, at_least: 60.0 degC, for: 2 min, combine: 1 of 2}
- {id: dwell-shut, kind: dwell, of: core, at_least: 60.0 degC, for: 2 min, while: {door: false}}
- {id: row, kind: table_dwell, of: two, table: fsis_1999_beef_7_log}
- {id: f, kind: lethality, of: core, reference: 70 degC, z: 10 K, at_least: 2.0 min}
- {id: pu, kind: pasteurisation_units, of: core, formula: 10^((T-60)/7), at_most: 20 PU}
- {id: pu-any, kind: pasteurisation_units, of: two, formula: 1.393^(T-60), at_least: 15 PU, combine: any}
- {id: cool, kind: cooling_curve, of: core, stages: [{from: 64 degC, to: 59 degC, within: 3 min}],
  during: [run, cool]}
- {id: short, kind: phase_duration, of: st, during: cool, at_most: 90 s}
- {id: lasting, kind: phase_duration, of: st, during: run, at_least: 90 s}
- {id: contact, kind: contact_time, of: o3, flow: flow, volume: 60 L, baffling: {factor: 0.9, basis:
  none}, judged_every: 20 s, at_least: 0.2 mg.min/L}
- {id: tube, kind: holding_tube, of: core, at_least: 60.0 degC, for: 30 s, flow: flow, volume: 60 L,
  fastest: {factor: 0.85, basis: none}, judged_every: 20 s}
- {id: log, kind: log_inactivation, of: o3, flow: flow, temperature: water, volume: 60 L, baffling:
  {factor: 0.7, basis: none}, judged_every: 20 s, by: epa_2020_giardia_ozone, at_least: 1.0 log}
- {id: dose, kind: uv_dose, of: uv, flow: flow, setpoint: {intensity_at_least: 2.0 mW/cm2, flow_at_most:
  4.0 m3/h}, delivers: 40 mJ/cm2, for_more_than: 15 s}
- {id: lit, kind: uv_exposure, of: uv, flow: flow, volume: 8 L, sensor: at the wall, judged_every: 20 s,
  at_least: 20 mJ/cm2}
- {id: made, kind: threshold, of: core, by_product: {P: {at_least: 60.0 degC}, Q: {at_least: 63.0 degC}}}
- {id: made-dwell, kind: dwell, of: core, for: 2 min, by_product: {P: {at_least: 60.0 degC}, Q:
  {at_least: 63.0 degC}}}
- {id: mixing, kind: state_held, of: door, is: false, off_at_most: 30 s}
- {id: closed, kind: state_held, of: door, is: false, off_at_most: 30 s, during: [stop, run, cool]}
- {id: resting, kind: state_held, of: door, is: true, off_at_most: 15 s, during: [stop, cool]}
- {id: pair, kind: threshold, of: two, at_least: 60.0 degC}
- {id: pair-late, kind: threshold, of: two, at_least: 60.0 degC, confirm: 2 readings, for_more_than: 15 s}
- {id: pair-any, kind: threshold, of: two, at_least: 62.0 degC, combine: any}
- {id: first, kind: by_hand, of: first, at_least: 60.0 degC}
""")
OPERATING = _limits("""
- {id: pace, kind: rate, of: core, at_least: -3.0 K/min, at_most: 30.0 K/min, over: 1 min}
- {id: apart, kind: spread, of: two, at_most: 3.0 K, mean_over: 1 min}
- {id: ewma, kind: ewma, of: core, target: 64.0 degC, sigma: 2.0 K, lambda: 0.2, width: 2.7, mean_over: 40 s}
- {id: cusum, kind: cusum, of: core, target: 64.0 degC, sigma: 2.0 K, k: 0.5, h: 4}
- {id: nelson, kind: nelson, of: core, target: 64.0 degC, sigma: 2.0 K}
- {id: western, kind: western_electric, of: core, target: 64.0 degC, sigma: 2.0 K, mean_over: 20 s}
- {id: cold, kind: degree_minutes, of: core, below: 62.0 degC, at_most: 5 K.min, window: 5 min}
- {id: mkt, kind: mean_kinetic_temperature, of: core, at_most: 65.0 degC, window: 5 min}
- {id: cold-any, kind: degree_minutes, of: two, below: 63.0 degC, at_most: 4 K.min, window: 4 min, combine: any}
- {id: mkt-any, kind: mean_kinetic_temperature, of: two, at_most: 63.0 degC, window: 4 min, combine: any}
- {id: soon, kind: time_to_breach, of: core, limit: {at_least: 58.0 degC}, warns_within: 5 min,
  trend_over: 4 min, mean_over: 20 s}
""")
BRIDGED = ("plain", "sure", "long", "defrost", "shut", "made")
BY_OTHERS = ("spared", "pair", "pair-late", "pair-any")
CHANGES = (  # what another version of the plan may have otherwise
    ("at_least: 60.0 degC", "at_least: 60.5 degC"),
    ("at_least: 60.0 degC", "at_least: 58.0 degC"),
    ("for: 2 min", "for: 100 s"),
    ("window: 5 min", "window: 4 min"),
    ("at_most: 65.0 degC", "at_most: 64.0 degC"),
    ("mean_over: 40 s", "mean_over: 20 s"),
    ("off_at_most: 30 s", "off_at_most: 10 s"),
    ("judged_every: 20 s, at_least: 20 mJ/cm2", "judged_every: 30 s, at_least: 20 mJ/cm2"),
    ("confirm: 2 readings", "confirm: 3 readings"),
    ("unchanged_for: 60 s", "unchanged_for: 80 s"),
    ("silent_after: 35 s", "silent_after: 45 s"),
    ("case: {after: 90 s}", "case: {after: 120 s}"),
    ("judged_when: run,", "judged_when: [run, cool],"),
    ("within: 1.5 K", "within: 1.0 K"),
    ("      - {id: plain,", "      - {id: other,"),
    ("      - {id: mkt,", "      - {id: other-mkt,"),
    ("      - {id: dwell,", "      - {id: other-dwell,"),
)
WALKS = {  # where a value begins, how far it goes at once, and how far in all
    "core": (63.0, 0.6, 50, 80),
    "ref": (63.0, 0.4, 50, 80),
    "two/1": (63.0, 0.6, 50, 80),
    "two/2": (63.0, 0.6, 50, 80),
    "water": (20.0, 0.3, 5, 30),
    "o3": (0.3, 0.02, 0, 1),
    "uv": (3.0, 0.5, 0, 9),
    "flow": (3.6, 0.5, 0, 9),
}
READ = ("st", "door", "count", *WALKS)


def a_plan(chance: Random, head: str) -> str:
    """Some limits on one control point, gated in some way."""
    judged = [_during(chance, each) for each in chance.sample(CRITICAL, 4)]
    words = "".join(judged)
    line = ["lot: {from: lot}"]
    line += ["batch: {from: batch}"] if chance.random() < 0.7 or "by_hand" in words else []
    line += ["product: {from: made}"] if chance.random() < 0.4 or "by_product" in words else []
    line += [f"settle: {chance.choice([25, 90, 200])} s"] if chance.random() < 0.3 else []
    line += [_calendar(chance)] if chance.random() < 0.25 else []
    line += ["produced: {from: count, contradicted_after: 60 s}"] if chance.random() < 0.25 else []
    critical, operating = "\n      - ".join(judged), "\n      - ".join(chance.sample(OPERATING, 2))
    stuck = chance.choice(["", ", stuck: {unchanged_for: 60 s}"])
    return f"""{head}
reorder: {chance.choice([90, 120])} s
products: [{{id: P, name: p}}, {{id: Q, name: q}}]
line: {{state: {{from: st, codes: {{0: stop, 1: run, 2: cool}}}}, judged_when: {chance.choice(["run", "[run, cool]"])},
  {", ".join(line)}}}
sensors:
  st: {{unit: code, every: 10 s, silent_after: 40 s}}
  core: {{unit: degC, resolution: 0.1, range: [0, 150], every: 10 s, silent_after: 35 s, slew_at_most: 4 K/min{stuck}}}
  ref: {{unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}}
  two: {{unit: degC, resolution: 0.1, range: [0, 150],
    every: 10 s, silent_after: 35 s, slew_at_most: 4 K/min, points: 2 points}}
  water: {{unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s}}
  o3: {{unit: mg/L, resolution: 0.01, every: 10 s, silent_after: 35 s}}
  uv: {{unit: mW/cm2, resolution: 0.1, every: 10 s, silent_after: 35 s}}
  flow: {{unit: m3/h, resolution: 0.1, range: [0, 20], every: 10 s, silent_after: 35 s}}
  door: {{unit: bool, every: 10 s, silent_after: 40 s}}
  count: {{unit: count, every: 10 s, silent_after: 60 s}}
  lot: {{unit: text, every: on change}}
  batch: {{unit: text, every: on change}}
  made: {{unit: text, every: on change}}
by_hand:
  probe: {{unit: degC, resolution: 0.5, every: 100 s}}
  first: {{unit: degC, resolution: 0.5, per: batch, within: 40 s}}
ccps:
  - id: C
    critical:
      - {critical}
    operating:
      - {operating}
    instruments:
      - {{id: agrees, kind: agreement, of: core, with: ref, mean_over: 40 s, within: 1.5 K, not_above: 0.5 K}}
    silence: {{{_silence(chance, words)}case: {{after: 90 s}}}}
{chance.choice(["", "    transit: {at_least: 20 s, at_most: 60 s}"])}
"""


def another_version(chance: Random, plan: str) -> str:
    """The plan with some of it otherwise."""
    version = plan.replace("2026-01-01", "2026-02-01")
    for was, now in CHANGES:
        version = version.replace(was, now) if chance.random() < 0.4 else version
    return version


def _during(chance: Random, limit: str) -> str:
    free = "during" not in limit and "by_hand" not in limit and chance.random() < 0.2
    return f"{limit[:-1]}, during: [run, cool]}}" if free else limit


def _calendar(chance: Random) -> str:
    hours = chance.choice(["daily 07:30-08:05", "daily 08:01-08:04"])
    return f"calendar: {{production: [{hours}, daily 08:06-10:00], extra: [2026-12-01 08:04-08:05]}}"


def _silence(chance: Random, words: str) -> str:
    """How silences are bridged, or stood in for, of sensors whose readings are judged one by one."""
    judged, pairs = ([each for each in names if f"{{id: {each}, " in words] for names in (BRIDGED, BY_OTHERS))
    says = "bridge: {up_to: 60 s, for: [core]}, " if judged and chance.random() < 0.4 else ""
    if pairs and not says and chance.random() < 0.6:
        says = f"bridge: {{up_to: 60 s, if: {chance.choice(['', 'slew and '])}others good, for: [two]}}, "
    stands_in = judged and "defrost" not in judged and chance.random() < 0.3
    return says + ("by_hand: {of: probe, for: [core]}, " if stands_in else "")


def a_day(chance: Random, plan: str, size: int) -> list[Row]:
    """So many scans 10 s apart, in order of time: walks, jumps, silences, bad readings, states, batches, lots.

    Only what the plan judges by is read.
    """
    judged = plan.partition("ccps:")[2] + plan.partition("line:")[2].partition("sensors:")[0]
    read = [name for name in READ if name.partition("/")[0] in judged.replace("state", "st")]
    rows: list[Row] = []
    value = {name: start for name, (start, *_) in WALKS.items()}
    said = {"st": 1.0, "door": 0.0, "count": 0.0}
    silent: dict[str, int] = {}
    for scan in range(size):
        at = scan * 10 + chance.choice([0, 0, 0, 1])
        for name, (_, far, least, most) in WALKS.items():
            jump = chance.choice([-4.0, 4.0]) if name == "core" and chance.random() < 0.03 else 0.0
            moved = value[name] + jump + chance.choice([-far, -far / 3, 0.0, 0.0, far / 3, far])
            value[name] = max(least, min(most, moved))
        if chance.random() < 0.05:
            said["st"] = chance.choice([0.0, 1.0, 1.0, 2.0, 2.0, 7.0 if chance.random() < 0.3 else 1.0])
        said["door"] = 1.0 - said["door"] if chance.random() < 0.06 else said["door"]
        said["count"] += chance.choice([0, 1, 2]) if said["st"] == 1.0 or chance.random() < 0.02 else 0
        for name in read:
            if chance.random() < 0.012:
                silent[name] = scan + chance.randrange(3, 20)
            if silent.get(name, 0) > scan or chance.random() < 0.03:
                continue
            shown = said[name] if name in said else round(value[name], 2)
            rows.append((at, name, None if chance.random() < 0.03 else shown))
        rows += _told(chance, scan, at)
    return sorted(rows, key=lambda row: (row[0], row[1]))


def _told(chance: Random, scan: int, at: int) -> list[Row]:
    """Texts, and what people enter."""
    rows: list[Row] = []
    for name, often in (("batch", 0.05), ("lot", 0.04), ("made", 0.04)):
        if scan == 0 or chance.random() < often:
            text = chance.choice(["P", "P", "Q", "Z"]) if name == "made" else f"{name}-{scan}"
            rows.append((at + chance.choice([0, 0, 4]), name, text))
    for name in ("probe", "first"):
        if chance.random() < 0.06:
            rows.append((at + chance.choice([0, 3]), name, chance.choice([59.0, 61.5, 64.0])))
    return rows
