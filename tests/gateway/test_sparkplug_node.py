"""An edge node: which death is its own, what comes again, and how often its births are asked for."""

from __future__ import annotations

from gateway.node_tally import NodeTally
from gateway.sparkplug_node import EdgeNode
from gateway.sparkplug_payload import Payload
from readings.times import MINUTE, SECOND


def node() -> EdgeNode:
    return EdgeNode("plant", "packer", {}, tally=NodeTally(node="plant/packer"))


def birth(seq: int | None = 0, time: int | None = 1000) -> Payload:
    return Payload(time, seq, ())


def test_its_name() -> None:
    """Group and id."""
    assert str(node()) == "plant/packer"


def test_deaths_that_come_late() -> None:
    """Those of sessions that were heard to end, and of the number just before; never of the session that lives."""
    each = node()
    assert not each.late(4), "without a session every death counts"
    each.begin(birth(), 4, now=0)
    each.begin(birth(), 9, now=0)
    assert [number for number in range(12) if each.late(number)] == [4, 8]
    assert not each.late(None)
    each.begin(birth(), 4, now=0)  # the same number again
    assert [number for number in range(12) if each.late(number)] == [3, 9]


def test_deaths_where_the_birth_had_no_number() -> None:
    """Without a number in the birth every death counts."""
    each = node()
    each.begin(birth(), None, now=0)
    assert not any(each.late(number) for number in range(256))


def test_order() -> None:
    """Number by number from the birth on, round behind 255; a message without a number proves nothing."""
    each = node()
    each.begin(birth(seq=254), 0, now=0)
    assert each.in_order(birth(255))
    assert each.in_order(birth(0))
    assert not each.in_order(birth(2))
    assert not each.in_order(birth(None))
    assert each.in_order(birth(1)), "what did not fit has moved nothing"


def test_messages_that_come_again() -> None:
    """The last five hundred are remembered, and no more."""
    each = node()
    assert not any(each.heard_before(number) for number in range(600))
    assert each.heard_before(599)
    assert not each.heard_before(0)


def test_how_often_births_are_asked_for() -> None:
    """At once, then after twice as long each time, five minutes at most; at once again after a long peace."""
    each, now, times = node(), 10**12, []
    for _ in range(3600):
        each.want_births()
        if each.ask_now(now):
            times.append((now - 10**12) // SECOND)
        now += SECOND
    assert times[:6] == [0, 1, 3, 7, 15, 31]
    assert times[-1] - times[-2] == 300
    each.begin(birth(), 0, now=0)
    assert not each.ask_now(now)
    now += 11 * MINUTE
    each.want_births()
    assert each.ask_now(now)
    each.want_births()
    assert each.ask_now(now + SECOND)
