"""Messages out of quarantine, read again as the settings are today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.columns import Columns
from gateway.errors import PayloadError, SourceError
from gateway.mqtt_settings import MqttSource
from gateway.posted import Posts
from gateway.receiver import HEARD, RETAINED
from gateway.settings import Sources
from gateway.sparkplug_births import Births
from gateway.sparkplug_feed import Feeds
from gateway.sparkplug_host import Host, refuse_retained
from gateway.sparkplug_settings import SparkplugSource
from gateway.topics import Router
from readings.block import Block
from readings.inputs import Series
from readings.ports import Quarantined
from readings.units import Unit

_HTTP = "http "


class ReadAgain:
    """Makes a block of what was set aside.

    Args:
        sources: the section `sources` of the site file.
        units: for each series of the plans, the unit in which the plan states it.
        births: which births explain messages that came before them; without it none does.
    """

    def __init__(self, sources: Sources, units: Mapping[Series, Unit], births: Births | None = None) -> None:
        self._sources: Sequence[MqttSource | SparkplugSource] = [
            each for each in sources if isinstance(each, MqttSource | SparkplugSource)
        ]
        self._units = units
        self._births = births
        self._posts = Posts(sources, units)

    def __call__(self, item: Quarantined) -> Block:
        """What a message says, at the time at which it came, where it has none of its own.

        Raises:
            SourceError: it came by neither MQTT nor HTTP, the source that it came by is no more, or it still cannot be
                read.
            PostError: likewise, of what came by HTTP.
        """
        if item.source.startswith(_HTTP):
            return self._posts.again(item)
        retained = item.source.startswith(RETAINED)
        if not retained and not item.source.startswith(HEARD):
            raise SourceError(
                f"what came by {item.source!r} cannot be read again; only what came by MQTT or HTTP can"
            )
        meant = [each for each in self._sources if item.origin in ("", each.name)]
        if not meant:
            raise SourceError(f"the site file has no source {item.origin!r} any more, which it came by")
        topic, refused = item.source.removeprefix(RETAINED if retained else HEARD).encode(), ""
        for source in meant:
            columns = Columns()
            try:
                if isinstance(source, SparkplugSource):
                    refuse_retained(retained)
                    host = Host(source, Feeds(source, self._units), births=self._births)
                    host.again(topic.decode(), item.payload, columns, item.time)
                else:
                    for route in Router(source, self._units, columns).routes(topic):
                        route.add(columns, item.payload, retained, item.time)
            except PayloadError as error:
                refused = str(error)
            else:
                return columns.take()
        raise SourceError(f"it still cannot be read: {refused}")
