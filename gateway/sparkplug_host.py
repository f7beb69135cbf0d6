"""All edge nodes of a source: what their messages become, and which of them must say their births again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from itertools import islice

import structlog

from gateway.columns import Columns
from gateway.errors import PayloadError
from gateway.node_tally import NodeTally
from gateway.sparkplug_births import Births, digest
from gateway.sparkplug_feed import Feeds
from gateway.sparkplug_node import EdgeNode
from gateway.sparkplug_payload import Payload, read_payload
from gateway.sparkplug_readings import Readings
from gateway.sparkplug_session import UnknownMetricError, bdseq_of
from gateway.sparkplug_settings import ANY, SparkplugSource
from gateway.topics import Heard
from readings.quality import Reason
from readings.times import SECOND

log = structlog.get_logger(__name__)

NAMESPACE = "spBv1.0"
_VERBS = {3: ("NBIRTH", "NDATA", "NDEATH"), 4: ("DBIRTH", "DDATA", "DDEATH")}
_PATIENCE = 10 * SECOND  # for devices to be born behind their node
_KNOWN = 100_000  # topics beyond which they are forgotten and looked up again


class _Voice:
    """What becomes of the messages of one topic."""

    def __init__(self, take: Callable[[Columns, bytes, int], None]) -> None:
        self._take = take

    def add(self, columns: Columns, payload: bytes, retained: bool, received: int) -> None:
        """Put into the columns what a message says.

        Raises:
            PayloadError: some of it cannot be read; the rest was added.
        """
        refuse_retained(retained)
        self._take(columns, payload, received)


def refuse_retained(retained: bool) -> None:
    """Take no message that the broker kept.

    Raises:
        PayloadError: it did.
    """
    if retained:
        raise PayloadError(
            "the broker kept this message; an edge node's messages must not be retained, for nobody knows "
            "whether they still hold"
        )


class Host:
    """Follows the sessions of all edge nodes of a source (Sparkplug 3.0, sections 5 and 6)."""

    def __init__(
        self,
        source: SparkplugSource,
        feeds: Feeds,
        *,
        tallies: Callable[[str], NodeTally] = lambda name: NodeTally(node=name),
        births: Births | None = None,
        passing: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Nothing is known of any node yet.

        Args:
            source: as the site file says it.
            feeds: which series its metrics feed.
            tallies: the counts of a node, by its group and id.
            births: told which births explain what lies in quarantine, and asked.
            passing: a clock that cannot be set, ns.
        """
        self._source = source
        self._feeds = feeds
        self._readings = Readings(feeds)
        self._tallies = tallies
        self._births = births or Births(passing)
        self._passing = passing
        self._nodes: dict[tuple[str, str], EdgeNode] = {}
        self._found: dict[bytes, tuple[Heard, ...]] = {}
        self.denied = False  # somebody said, in our name, that we are gone
        if source.group != ANY:
            for name in source.nodes:
                if name != ANY:
                    self._node(source.group, name)

    def routes(self, topic: bytes) -> tuple[Heard, ...]:
        """What becomes of the messages of a topic.

        Raises:
            PayloadError: it is no topic of Sparkplug B.
        """
        found = self._found.get(topic)
        if found is None:
            found = (self._look_up(topic.decode(errors="replace")),)
            if len(self._found) >= _KNOWN:
                self._found.clear()
            self._found[topic] = found
        return found

    def _look_up(self, topic: str) -> Heard:
        if topic == f"{NAMESPACE}/STATE/{self._source.host}":
            return _State(self)
        node, verb, device = self._said_by(topic)
        takes: dict[str, Callable[..., None]] = {
            "NBIRTH": self._node_birth,
            "NDATA": self._data,
            "NDEATH": self._node_death,
            "DBIRTH": self._device_birth,
            "DDATA": self._data,
            "DDEATH": self._device_death,
        }
        return _Voice(partial(takes[verb], node, device))

    def _said_by(self, topic: str) -> tuple[EdgeNode, str, str | None]:
        """Node, verb and device of a topic."""
        namespace, *parts = topic.split("/")
        if namespace == NAMESPACE and len(parts) in _VERBS and parts[1] in _VERBS[len(parts)]:
            group, verb, name, *rest = parts
            return self._node(group, name), verb, rest[0] if rest else None
        raise PayloadError(f"{topic!r} is no topic of Sparkplug B that an edge node sends to")

    def again(self, topic: str, data: bytes, columns: Columns, received: int) -> None:
        """Read a message out of quarantine, as far as it says itself what it is, or a birth that came later explains it.

        Raises:
            PayloadError: neither does, or it still cannot be read.
        """
        node, _, device = self._said_by(topic)
        node.session = self._births.session(topic, data)
        self._readings.add(columns, node, device, read_payload(data), received)

    def _node(self, group: str, name: str) -> EdgeNode:
        found = self._nodes.get((group, name))
        if found is None:
            fed = self._feeds.certain(group, name)
            tally = self._tallies(f"{group}/{name}")
            found = self._nodes[group, name] = EdgeNode(group, name, fed, tally=tally)
            for device in fed:
                tally.device(device).read = True
        return found

    def _node_birth(self, node: EdgeNode, device: None, columns: Columns, data: bytes, received: int) -> None:
        payload = self._payload(node, columns, data, received)
        node.heard(None, received)
        node.tally.births += 1
        if payload.time is None or not node.heard_before(hash(("NBIRTH", data))):
            before = [*node.awaited, *(node.session.devices if node.session else ())]
            session = node.begin(payload, bdseq_of(payload.metrics), now=self._passing())
            session.bear(None, payload.metrics)
            self._explain(node, None, payload)
            until = self._passing() + _PATIENCE
            node.awaited = {each: node.awaited.get(each, until) for each in before}
        self._readings.add(columns, node, device, payload, received)

    def _device_birth(
        self, node: EdgeNode, device: str, columns: Columns, data: bytes, received: int
    ) -> None:
        payload = self._payload(node, columns, data, received)
        if not self._follow(node, device, payload, hash(("DBIRTH", device, data)), columns, received):
            return
        node.tally.device(device).births += 1
        node.awaited.pop(device, None)
        if node.session is not None:
            if device not in node.session.known:
                self._explain(node, device, payload)
            node.session.bear(device, payload.metrics)
        self._readings.add(columns, node, device, payload, received)

    def _explain(self, node: EdgeNode, device: str | None, payload: Payload) -> None:
        """What lies in quarantine may be explained by the first birth of a node or device in its session."""
        explained = node.explains(device, payload)
        if explained is not None:
            self._births.explain(self._source.name, str(node), *explained)

    def _data(self, node: EdgeNode, device: str | None, columns: Columns, data: bytes, received: int) -> None:
        payload = self._payload(node, columns, data, received)
        if self._follow(node, device, payload, hash(("DATA", device, data)), columns, received):
            try:
                self._readings.add(columns, node, device, payload, received)
            except UnknownMetricError:
                verb, *behind = ("NDATA",) if device is None else ("DDATA", device)
                topic = "/".join((NAMESPACE, node.group, verb, node.name, *behind))
                node.not_explained(device, digest(topic, data))
                raise

    def _node_death(
        self, node: EdgeNode, _device: None, columns: Columns, data: bytes, received: int
    ) -> None:
        bdseq, wrong = None, None
        try:
            bdseq = bdseq_of(self._payload(node, columns, data, received).metrics)
        except PayloadError as error:  # a death that cannot be read is one all the same
            wrong = error
        if bdseq is None or node.session is None or bdseq != node.session.bdseq:
            self._births.take_back(self._source.name, str(node))
        if node.late(bdseq):
            log.info(
                "late death of an earlier session", source=self._source.name, node=str(node), bdseq=bdseq
            )
            return
        if bdseq is None or (node.session is not None and bdseq != node.session.bdseq):
            node.want_births()  # it may be another session's, and the node alive
        log.warning("edge node gone", source=self._source.name, node=str(node), bdseq=bdseq)
        node.end()
        node.tally.deaths += 1
        node.tally.all_gone(received)
        node.awaited.clear()
        self._readings.bad(columns, node.fed.values(), Reason.OFFLINE, received)
        if wrong is not None:
            raise wrong

    def _device_death(
        self, node: EdgeNode, device: str, columns: Columns, data: bytes, received: int
    ) -> None:
        wrong = None
        try:
            payload = self._payload(node, columns, data, received)
        except PayloadError as error:  # a death that cannot be read is one all the same
            wrong = error
        else:
            if not self._follow(node, None, payload, hash(("DDEATH", device, data)), columns, received):
                return
        log.warning("device gone", source=self._source.name, node=str(node), device=device)
        node.awaited.pop(device, None)
        node.tally.device(device).deaths += 1
        node.tally.device(device).gone(received)
        if node.session is not None:
            node.session.bury(device)
        self._readings.bad(columns, [node.fed.get(device, set())], Reason.OFFLINE, received)
        if wrong is not None:
            raise wrong

    def _payload(self, node: EdgeNode, columns: Columns, data: bytes, received: int) -> Payload:
        """What a message says.

        Raises:
            PayloadError: nobody knows; it may have been a birth.
        """
        try:
            return read_payload(data)
        except PayloadError:
            if node.session is not None:
                self._lose(node, columns, received)
            node.want_births()
            raise

    def _lose(self, node: EdgeNode, columns: Columns, received: int) -> None:
        """Something that a node said is not known: no birth holds any more, nor any value."""
        node.tally.lost += 1
        node.end()
        self._readings.bad(columns, node.fed.values(), Reason.LOST, received)

    def _follow(  # noqa: PLR0913 - a message, and whose it is
        self,
        node: EdgeNode,
        device: str | None,
        payload: Payload,
        digest: int,
        columns: Columns,
        received: int,
    ) -> bool:
        """Follow the session of a node by a message; False for one that came before, whose readings are durable.

        Where a message is missing before it, the message may be of another session, whose aliases mean other things:
        then no birth holds any more.
        """
        numbered = payload.seq is not None and payload.time is not None
        if numbered and node.heard_before(digest):
            log.info("came again", source=self._source.name, node=str(node), seq=payload.seq)
            return False
        node.heard(device, received)
        if node.session is not None and not node.in_order(payload):
            log.warning("messages lost", source=self._source.name, node=str(node), seq=payload.seq)
            self._lose(node, columns, received)
        if node.session is None:
            node.want_births()
        return True

    def connected(self, columns: Columns, received: int) -> None:
        """A connection to the broker begins: what edge nodes said meanwhile is not known.

        Sessions of a connection that ended without being said to end with it.
        """
        self.disconnected(columns, received)
        self.denied = False
        for node in self._nodes.values():
            node.want_births()

    def disconnected(self, columns: Columns, received: int) -> None:
        """The connection to the broker is gone: no birth holds any more, and nothing is known of now."""
        for node in self._nodes.values():
            node.end()
            node.awaited.clear()
            self._births.take_back(self._source.name, str(node))  # a late death is not heard now
            if node.tally.connected:
                node.tally.all_gone(received)
                self._readings.bad(columns, node.fed.values(), Reason.NOT_CONNECTED, received)

    @property
    def restless(self) -> bool:
        """Whether something falls due without a message."""
        return any(node.awaited or (node.asking and self._source.rebirth) for node in self._nodes.values())

    def overdue(self, columns: Columns, received: int) -> None:
        """Devices that were not born again behind their node are gone."""
        now = self._passing()
        for node in self._nodes.values():
            for device in [each for each, until in node.awaited.items() if until <= now]:
                del node.awaited[device]
                log.warning("device not born again", source=self._source.name, node=str(node), device=device)
                node.tally.device(device).deaths += 1
                node.tally.device(device).gone(received)
                self._readings.bad(columns, [node.fed.get(device, set())], Reason.OFFLINE, received)

    def to_ask(self, most: int) -> list[str]:
        """Topics of the edge nodes whose births are to be asked for now, no more than so many."""
        if not self._source.rebirth:
            return []
        now = self._passing()
        due = (node for node in self._nodes.values() if node.ask_now(now))
        return [f"{NAMESPACE}/{node.group}/NCMD/{node.name}" for node in islice(due, most)]


class _State:
    """What is said in our name: that we are gone, when an old connection of ours ends late."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def add(self, _columns: Columns, payload: bytes, retained: bool, _received: int) -> None:
        """Notice it."""
        try:
            online = bool(json.loads(payload)["online"])
        except (ValueError, TypeError, KeyError):
            online = False
        if not online and not retained:
            self._host.denied = True
