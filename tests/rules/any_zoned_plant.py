"""Plans by zone, and plant days with frozen instruments on lines that stop and start, drawn by chance."""

from __future__ import annotations

from random import Random

Row = tuple[
    int, str, float | str | None
]  # seconds, sensor/point or text/zone, value; None where there was no answer

ZONES = ("A", "B")
CRITICAL = (
    "{id: plain, kind: threshold, of: air, at_least: 60.0 degC}",
    "{id: sure, kind: threshold, of: air, at_least: 60.0 degC, confirm: 2 readings, clears: {at_least: 62.0 degC}}",
    "{id: long, kind: threshold, of: air, at_least: 61.0 degC, for_more_than: 60 s}",
    "{id: one, kind: threshold, of: air, at_least: 62.0 degC, combine: 1 of 2, zone: A}",
    "{id: food, kind: band, of: food, at_least: 58.0 degC, at_most: 68.0 degC}",
    "{id: open, kind: threshold, of: food, at_least: 61 degC, except: [{while: door, at_least: 9 degC, for_at_most: 60 s}]}",
    "{id: shut, kind: threshold, of: food, at_least: 60.0 degC, while: {door: false}, after: 25 s}",
    "{id: dwell, kind: dwell, of: food, at_least: 60.0 degC, for: 90 s}",
    "{id: good, kind: dwell, of: food, at_least: 60.0 degC, for: 90 s, made_good_by: a longer hold}",
    "{id: f, kind: lethality, of: food, reference: 70 degC, z: 10 K, at_least: 1.0 min}",
    "{id: closed, kind: state_held, of: door, is: false, off_at_most: 30 s}",
)
OPERATING = (
    "{id: apart, kind: spread, of: air, zone: A, at_most: 3.0 K, mean_over: 1 min}",
    "{id: pace, kind: rate, of: food, at_least: -3.0 K/min, at_most: 30.0 K/min, over: 1 min}",
    "{id: cusum, kind: cusum, of: food, target: 64.0 degC, sigma: 2.0 K, k: 0.5, h: 4}",
    "{id: cold, kind: degree_minutes, of: food, below: 62.0 degC, at_most: 5 K.min, window: 5 min}",
)
TRANSITS = (
    "transit: {volume: 40 L, flow: flow}",
    "transit: {volume: 40 L, flow: flow, at_least: 20 s, at_most: 90 s}",
    "transit: {at_least: 20 s, at_most: 60 s}",
)
WALKS = {  # where a value begins, how far it goes at once, and how far in all
    "air/A.1": (63.0, 0.6, 50, 80),
    "air/A.2": (63.0, 0.6, 50, 80),
    "air/B.1": (63.0, 0.6, 50, 80),
    "food/A.1": (63.0, 0.6, 50, 80),
    "food/B.1": (63.0, 0.6, 50, 80),
    "flow": (3.6, 0.5, 0, 9),
}


def a_plan(chance: Random, head: str) -> str:
    """Some limits of two zones, or of a line that has them."""
    by_zone = chance.random() < 0.5  # whether each zone says for itself what it does
    zoned = ", zones: [A, B]" if by_zone else ""
    unit = chance.choice(["zone", "zone", "line"])
    line = [f"unit: {unit}", "zones: [A, B]", "lot: {from: lot}"]
    line += ["batch: {from: batch}"] if chance.random() < 0.6 else []
    line += [f"settle: {chance.choice([25, 60])} s"] if chance.random() < 0.3 else []
    stuck = f", stuck: {{unchanged_for: {chance.choice([30, 60, 100])} s}}"
    critical = "\n      - ".join(chance.sample(CRITICAL, 4))
    operating = "\n      - ".join(chance.sample(OPERATING, 2))
    return f"""{head}
reorder: {chance.choice([90, 120])} s
line: {{state: {{from: st, codes: {{0: stop, 1: run, 2: cool}}}}, judged_when: {chance.choice(["run", "[run, cool]"])},
  {", ".join(line)}}}
sensors:
  st: {{unit: code, every: 10 s, silent_after: 40 s{zoned}}}
  air: {{unit: degC, resolution: 0.1, every: 10 s, silent_after: 35 s, zones: {{A: 2 points, B: 1 point}}{stuck}}}
  food: {{unit: degC, resolution: 0.1, range: [0, 150], every: 10 s, silent_after: 35 s, zones: [A, B]{stuck}}}
  door: {{unit: bool, every: 10 s, silent_after: 40 s, zones: [A, B]}}
  flow: {{unit: m3/h, resolution: 0.1, range: [0, 20], every: 10 s, silent_after: 35 s}}
  lot: {{unit: text, every: on change}}
  batch: {{unit: text, every: on change}}
ccps:
  - id: C
    critical:
      - {critical}
    operating:
      - {operating}
    silence: {{case: {{after: 90 s}}}}
    {chance.choice(TRANSITS)}
"""


def a_day(chance: Random, plan: str, size: int) -> list[Row]:
    """So many scans 10 s apart, in order of time: walks, jumps, frozen numbers, silences, states, batches, lots."""
    value = {name: start for name, (start, *_) in WALKS.items()}
    states = ["st/A.1", "st/B.1"] if "silent_after: 40 s, zones" in plan.partition("air:")[0] else ["st"]
    said = dict.fromkeys([*states, "door/A.1", "door/B.1"], 0.0) | dict.fromkeys(states, 1.0)
    silent: dict[str, int] = {}
    frozen: dict[str, tuple[int, float]] = {}
    often = chance.choice([0.03, 0.1, 0.2])  # how often the line stops
    rows: list[Row] = []
    for scan in range(size):
        at = scan * 10 + chance.choice([0, 0, 0, 1])
        for name, (_, far, least, most) in WALKS.items():
            jump = chance.choice([-4.0, 4.0]) if name != "flow" and chance.random() < 0.03 else 0.0
            value[name] = max(
                least, min(most, value[name] + jump + chance.choice([-far, -far / 3, 0.0, far / 3, far]))
            )
            if name != "flow" and chance.random() < 0.03:
                frozen[name] = scan + chance.choice([5, 10, 20, 40]), value[name]
        for name in said:
            if chance.random() < (0.06 if name.startswith("door") else often):
                said[name] = chance.choice([0.0, 1.0] if name.startswith("door") else [0.0, 1.0, 1.0, 2.0])
        for name in (*said, *WALKS):
            if chance.random() < 0.012:
                silent[name] = scan + chance.randrange(3, 20)
            if silent.get(name, 0) > scan or chance.random() < 0.03:
                continue
            until, number = frozen.get(name, (0, 0.0))
            shown = said[name] if name in said else round(number if until > scan else value[name], 2)
            rows.append((at, name, None if chance.random() < 0.03 else shown))
        for name, more in (("batch", 0.05), ("lot", 0.06)):
            if scan == 0 or chance.random() < more:
                zone = "" if scan == 0 else chance.choice(["", "/A", "/B"])
                rows.append((at + chance.choice([0, 0, 4]), name + zone, f"{name}-{scan}"))
    return sorted(rows, key=lambda row: (row[0], row[1]))
