"""What gaps come from, where that is not the reason of bad readings: the message ids of pages and Grafana."""

from __future__ import annotations

from typing import Final

from ingest.gaps import CLOCK_STEP, NOT_RECORDED, SILENCE, STANDS_STILL

CAUSES: Final[dict[str, str]] = {
    SILENCE: "nothing came",
    STANDS_STILL: "its counter stands still",
    NOT_RECORDED: "recording was down",
    CLOCK_STEP: "the clock was set",
}
