"""Makes readings.csv and site.yaml of the three simulated lines: `python examples/make_examples.py`.

Each holds a few hours of the simulated plant with one fault, so that a replay has something to say.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from readings.times import HOUR, MINUTE, SECOND, format_time, parse_time
from simulators.faults import RETORT, STORE, WATER, Fault
from simulators.plant import plant
from simulators.register_map import sources_yaml

HERE = Path(__file__).parent
PORTS = {WATER: "tcp://127.0.0.1:5020", RETORT: "rtu+tcp://127.0.0.1:5021", "mqtt": "mqtt://127.0.0.1:1884"}


@dataclass(frozen=True, slots=True)
class Example:
    """One line's example.

    Attributes:
        folder: under `examples/`.
        site: id of the site.
        start: RFC 3339.
        lasts: ns.
        every: ns between two rows.
        fault: kind, ns after the start, how long, and where.
        left_out: sensors that the plan does not judge, to keep the file small.
        lot: the text that names the lot.
        serve: what the simulator is to be told.
    """

    folder: str
    site: str
    start: str
    lasts: int
    every: int
    fault: tuple[str, int, int, dict[str, str]]
    left_out: tuple[str, ...]
    lot: str
    serve: str


EXAMPLES = {
    WATER: Example(
        "packaged_water",
        "ZH-JL",
        "2026-12-01T09:00:00+08:00",
        HOUR + 30 * MINUTE,
        5 * SECOND,
        ("low_ozone", 40 * MINUTE, 6 * MINUTE, {}),
        ("water_temp", "bottle_counter"),
        "filler_lot",
        "--water tcp:5020",
    ),
    RETORT: Example(
        "retort",
        "ZH-RT",
        "2026-12-01T08:00:00+08:00",
        70 * MINUTE,
        2 * SECOND,
        ("cold_spot", 5 * MINUTE, 10 * MINUTE, {"point": "4"}),
        (),
        "cycle_id",
        "--retort rtu+tcp:5021",
    ),
    STORE: Example(
        "frozen_store",
        "ZH-FZ",
        "2026-12-01T00:00:00+08:00",
        24 * HOUR,
        MINUTE,
        ("compressor", 13 * HOUR, 4 * HOUR, {"zone": "CS2"}),
        (),
        "lot",
        "",
    ),
}


def readings(line: str) -> str:
    """The rows of readings.csv: `time`, a column for each series, the lot."""
    example = EXAMPLES[line]
    kind, after, lasts, where = example.fault
    start = parse_time(example.start)
    fault = Fault(kind, line, start + after, start + after + lasts, **where)
    played = plant(seed=5, lines=[line], every={line: example.every}, faults=[fault]).played(
        line, start, start + example.lasts
    )
    series = {key: each for key, each in played.series.items() if key[0] not in example.left_out}
    points = {sensor: sum(1 for other, _ in series if other == sensor) for sensor, _ in series}
    lots = [(text.time, text.text) for text in played.texts if text.sensor == example.lot]
    said = io.StringIO()
    rows = csv.writer(said, lineterminator="\n")
    rows.writerow(
        [
            "time",
            *(f"{sensor}/{point}" if points[sensor] > 1 else sensor for sensor, point in series),
            example.lot,
        ]
    )
    times = next(iter(series.values())).time
    columns = [[_short(value) for value in each.value.tolist()] for each in series.values()]
    for row, time in enumerate(times.tolist()):
        lot = next(text for since, text in reversed(lots) if since <= time)
        rows.writerow([format_time(time), *(column[row] for column in columns), lot])
    return said.getvalue()


def _short(value: float) -> str:
    return format(Decimal(repr(value)).normalize(), "f")


def site(line: str) -> str:
    """The site file: the simulated device on fixed ports."""
    example = EXAMPLES[line]
    command = f"python -m simulators.plant --line {line} {example.serve} --mqtt-port 1884".replace("  ", " ")
    return f"""\
# Reads the simulated line alive. Its devices, in the clone:
#   .venv/bin/{command}
site: {example.site}
plans: [plan.yaml]
data: ../../data/{example.folder}

notices:
  channels:
    wecom: {{apprise_env: HACCPLINE_WECOM}}        # wecombot://KEY of the group's robot
    mail: {{apprise_env: HACCPLINE_MAIL}}          # mailtos://USER:PASSWORD@HOST/?to=ADDRESS
    siren: {{siren: "mqtt://127.0.0.1:1884", topic: plant/siren, enabled: false}}
  people:
    filler operator: {{language: zh}}
    retort operator: {{language: zh}}
    store keeper: {{language: zh}}
    food safety officer: {{language: zh}}
    process authority: {{language: zh}}
    plant manager: {{language: en}}

{sources_yaml(plant(lines=[line]), PORTS)}"""


def main() -> None:
    """Write all of them."""
    for line, example in EXAMPLES.items():
        (HERE / example.folder / "readings.csv").write_text(readings(line), encoding="utf-8")
        (HERE / example.folder / "site.yaml").write_text(site(line), encoding="utf-8")


if __name__ == "__main__":
    main()
