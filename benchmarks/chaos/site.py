"""The plant's plans and its site file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.chaos.drawn import (
    CLEARS,
    CONFIRM,
    LIMIT,
    LOSS_AFTER,
    POLLED,
    POLLED_STEP,
    RESOLUTION,
    SENT,
    SENT_STEP,
    SILENT_AFTER,
    TIMEOUT,
    Drawn,
)
from haccpline.site import Site, load_site
from readings.times import format_duration
from simulators.modbus_device import NO_VALUE, SEQUENCE, TIME, VALUES

DATABASE = "chaos"
_PLAN = """\
plan: {line}
name: {line}
site: {{id: CHAOS, name: Chaos, timezone: Asia/Shanghai}}
effective_from: 2020-01-01T00:00:00+08:00
reorder: 40 d
line: {{unit: zone, zones: [Z]}}
sensors:
  air: {{zones: {{Z: 1 point}}, unit: degC, resolution: 0.1, range: [-50, 60], every: {every}, silent_after: {silent}}}
ccps:
  - id: CCP1
    critical:
      - {{id: warm, kind: threshold, of: air, at_most: {limit} degC, confirm: {confirm} readings,
         clears: {{at_most: {clears} degC}}}}
    silence: {{case: {{after: {loss}, as: monitoring_loss}}}}
"""


def write_site(folder: Path, drawn: Drawn, *, modbus: int, mqtt: int, influx: int | None, data: Path) -> Site:
    """Write the plans and the site file, whose sources and copy go through the wires at these ports."""
    plans = []
    every, silent, loss = "5 min", "20 min", "25 min"
    if drawn.wall:
        every, silent, loss = (format_duration(each) for each in (SENT_STEP, SILENT_AFTER, LOSS_AFTER))
    for line in (POLLED, SENT):
        plans.append(f"{line}.yaml")
        (folder / plans[-1]).write_text(
            _PLAN.format(
                line=line,
                limit=LIMIT,
                clears=CLEARS,
                confirm=CONFIRM,
                every=every,
                silent=silent,
                loss=loss,
            )
        )
    counter = {"at": f"holding {SEQUENCE}", "type": "uint32"}
    time = {"at": f"holding {TIME}", "type": "uint64", "unit": "ms"}
    said: dict[str, Any] = {
        "site": "CHAOS",
        "plans": plans,
        "data": str(data),
        "clock": "wall" if drawn.wall else "readings",
        "checkpoint_every": "1 s",
        "archive": {"seal_after_rows": 150},
        "sources": [
            {
                "name": "device",
                "modbus": f"{drawn.framing}://127.0.0.1:{modbus}",
                "every": format_duration(POLLED_STEP) if drawn.wall else "5 ms",
                "timeout": f"{TIMEOUT * 1000:.0f} ms",
                "quiet": "25 ms",
                **({} if drawn.wall else {"time": time}),
                **({"sequence": counter} if drawn.counts else {}),
                "channels": [
                    {
                        "reads": f"{POLLED}/air/Z.1",
                        "at": f"holding {VALUES}",
                        "type": "int16",
                        "scale": RESOLUTION,
                        "unit": "degC",
                        "sentinels": [NO_VALUE],
                    }
                ],
            },
            {
                "name": "logger",
                "mqtt": f"mqtt://127.0.0.1:{mqtt}",
                "topics": [
                    {
                        "topic": "plant/air/+",
                        "reads": f"{SENT}/air/{{1}}",
                        "time": "ts",
                        "sequence": "n",
                        "unit": "degC",
                    }
                ],
            },
        ],
    }
    if influx is not None:
        said["influxdb"] = {"url": f"http://127.0.0.1:{influx}", "api": "v1", "database": DATABASE}
    path = folder / "site.yaml"
    path.write_text(json.dumps(said, indent=1))  # JSON is YAML
    return load_site(path)
