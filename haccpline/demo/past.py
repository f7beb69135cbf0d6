"""Makes the history of a demo folder, in a process of its own, so that its memory goes with it.

Reads one JSON line: the site file and the workers; prints how far it has come, 0 to 100, a line each.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from haccpline.demo.folder import EVERY_PAST, demo_plant
from haccpline.demo.history import make_history
from haccpline.demo.people import Worker
from haccpline.demo.story import past
from haccpline.site import load_site
from readings.times import DAY
from simulators.faults import fault_of
from simulators.history import blocks


def main() -> None:
    """See the module."""
    asked = json.loads(sys.stdin.readline())
    workers = {who: Worker(who, name, tuple(roles), word) for who, name, roles, word in asked["workers"]}
    now = time.time_ns()
    start = now - DAY
    faults = (fault_of(mishap.scripted(), now=now) for mishap in past(start, now))
    plant = demo_plant(every=EVERY_PAST).with_faults(*faults)
    make_history(
        load_site(Path(asked["site"])),
        lambda first, end: blocks(plant, first, end),
        start=start,
        workers=workers,
        progress=lambda reached: print(min(100, 100 * (reached - start) // DAY), flush=True),  # noqa: T201 - told to the parent
    )


if __name__ == "__main__":
    from haccpline.cli import speaking

    with speaking():
        main()
