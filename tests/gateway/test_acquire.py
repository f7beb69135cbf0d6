"""All sources together: one that fails is started again and takes no other down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter
from servers import free_port

from gateway.acquire import acquire
from gateway.errors import SourceError
from gateway.settings import Sources
from gateway.tally import Tally
from readings.quality import Reason
from readings.times import MS


def sources(*given: dict[str, Any]) -> Any:
    return TypeAdapter(Sources).validate_python(list(given))


async def test_one_dead_source_does_not_stop_the_others(
    raw_device: Any, intake: Any, units: Callable[..., Any], running_for: Any
) -> None:
    """A broker that is not there is tried again and counted, while a device is read on."""
    device = raw_device(rtu=False)
    given = sources(
        {
            "name": "dev",
            "modbus": f"tcp://127.0.0.1:{device.port}",
            "every": "200 ms",
            "channels": [{"reads": "cold-3/r7", "at": "holding 7", "type": "uint16", "unit": "count"}],
        },
        {
            "name": "gone",
            "mqtt": f"mqtt://127.0.0.1:{free_port()}",
            "topics": [{"topic": "t", "reads": "cold-3/air", "unit": "degC"}],
        },
    )
    tallies: dict[str, Tally] = {}
    plan = units(r7="count", air="degC")
    async with (
        device.running(),
        running_for(acquire(given, intake=intake, units=plan, site="nanjing", tallies=tallies)),
    ):
        await intake.until(lambda: len(intake.rows()) >= 5 and tallies["gone"].restarts >= 2)
    dev, gone = tallies["dev"].snapshot(), tallies["gone"].snapshot()
    assert (dev.connected, dev.restarts, dev.errors) == (True, 0, {})
    assert dev.readings == len(intake.rows()) >= 5
    assert dev.last_good == intake.rows()[-1][1] // MS * MS  # received, in whole ms
    assert not gone.connected
    assert gone.failure


async def test_health_counts_by_reason(
    raw_device: Any, intake: Any, units: Callable[..., Any], running_for: Any
) -> None:
    """Bad readings are counted under the words that people see."""
    given = sources(
        {
            "name": "dev",
            "modbus": f"tcp://127.0.0.1:{free_port()}",
            "every": "20 ms",
            "channels": [{"reads": "cold-3/r7", "at": "holding 7", "type": "uint16", "unit": "count"}],
        }
    )
    tallies: dict[str, Tally] = {}
    async with running_for(acquire(given, intake=intake, units=units(r7="count"), site="s", tallies=tallies)):
        await intake.until(lambda: len(intake.rows()) >= 3)
    assert tallies["dev"].snapshot().errors == {Reason.NOT_CONNECTED.text: len(intake.rows())}


async def test_nothing_starts_when_a_source_is_wrong(intake: Any) -> None:
    """A source that no plan knows is an error before anything is read."""
    wrong = sources(
        {
            "name": "dev",
            "modbus": "tcp://127.0.0.1:1",
            "channels": [{"reads": "cold-3/air", "at": "holding 0", "type": "int16", "unit": "degC"}],
        }
    )
    with pytest.raises(SourceError, match="which no plan has"):
        await acquire(wrong, intake=intake, units={}, site="nanjing")
