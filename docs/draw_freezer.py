"""Draws docs/freezer.png: a real freezer's two weeks and what the cold store plan decides of them.

    python docs/draw_freezer.py FOLDER

FOLDER holds freezer_1min.csv (ts, Temperature, Humidity) and excursions_above_-15C.csv (start, end, minutes, max_C),
recorded by Oleg Solovyev (github.com/Oleg-Solovyev/anomaly-detection); they are not part of this repository. The
recording has no defrost signal: an excursion of 50 min or more is taken for a defrost, its heater on from 10 min before
to the peak.
"""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from haccpline.replay import replay
from readings.block import BlockBuilder
from readings.inputs import Series
from readings.times import HOUR, SECOND, parse_time
from rules.plan_check import load_plan

mpl.use("Agg")
import matplotlib.pyplot as plt

HERE = Path(__file__).parent


def main(folder: Path) -> None:
    """Draw the picture from this folder."""
    with (folder / "freezer_1min.csv").open() as file:
        rows = list(csv.DictReader(file))
    time = np.array([parse_time(row["ts"]) for row in rows])
    air = np.array([float(row["Temperature"]) for row in rows])
    defrost = np.zeros(len(rows))
    with (folder / "excursions_above_-15C.csv").open() as file:
        for row in csv.DictReader(file):
            first, last = np.searchsorted(time, [parse_time(row["start"]), parse_time(row["end"])])
            if int(row["minutes"]) >= 50:
                defrost[first - 10 : first + int(np.argmax(air[first : last + 1]))] = 1
    builder = BlockBuilder()
    for moment, value, signal in zip(time.tolist(), air.tolist(), defrost.tolist(), strict=True):
        builder.reading(Series("cold-3", "air", "CS1.1"), time=moment, value=value, received=moment)
        builder.reading(Series("cold-3", "defrost", "CS1.1"), time=moment, value=signal, received=moment)
    text = (HERE.parent / "examples" / "cold_store" / "plan.yaml").read_text(encoding="utf-8")
    decisions = [
        each
        for each in replay(load_plan(text, "plan.yaml"), iter([builder.build()]))
        if each["limit"] == "air"
    ]

    figure, axes = plt.subplots(figsize=(11, 4.2), dpi=120)
    axes.plot([_date(moment) for moment in time.tolist()], air, color="#37474f", linewidth=0.7)
    axes.axhline(-15, color="#c62828", linewidth=1, linestyle="--")
    axes.text(
        _date(time[-1]), -14.6, "critical limit -15 °C", color="#c62828", ha="right", va="bottom", fontsize=8
    )
    exceptions = [each for each in decisions if each["reason"].startswith("exception")]
    deviations = [each for each in decisions if each["verdict"] == "deviation"]
    for each in exceptions:
        start, end = parse_time(each["from"]), parse_time(each["to"])
        axes.axvspan(_date(start), _date(end), color="#1565c0", alpha=0.25, linewidth=0)
        axes.text(_date((start + end) // 2), 8.2, "defrost", color="#1565c0", fontsize=7, ha="center")
    near: list[list[dict[str, Any]]] = []
    for each in deviations:
        if near and parse_time(each["from"]) - parse_time(near[-1][-1]["from"]) < 12 * HOUR:
            near[-1].append(each)
        else:
            near.append([each])
    for group in near:
        worst = max(group, key=lambda each: float(each["worst"]))
        times = [_date(parse_time(each["from"])) for each in group]
        axes.scatter(times, [each["worst"] for each in group], marker="v", s=34, color="#c62828", zorder=3)
        many = f"{len(group)} deviations, worst " if len(group) > 1 else "deviation, "
        place = (_date(parse_time(worst["from"])), worst["worst"] + 1.4)
        axes.text(*place, f"{many}{worst['worst']:g}", color="#c62828", fontsize=7.5, ha="right")
    axes.set_ylim(-24, 13)
    axes.set_ylabel("air, °C")
    axes.set_title(
        f"A real freezer, two weeks: {len(exceptions)} defrosts are exceptions (blue),"
        f" {len(deviations)} other excursions are deviations (red, with their worst value)",
        fontsize=9,
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.autofmt_xdate()
    figure.tight_layout()
    figure.savefig(HERE / "freezer.png", metadata={"Software": None})


def _date(moment: float) -> datetime:
    return datetime.fromtimestamp(moment / SECOND, UTC)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
