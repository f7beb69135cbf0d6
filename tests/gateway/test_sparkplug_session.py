"""What births define, and what contradicts them."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.errors import PayloadError
from gateway.sparkplug_payload import Metric
from gateway.sparkplug_session import Definition, Session, UnknownMetricError, bdseq_of, defined

INT32, DOUBLE, BOOLEAN = 3, 10, 11


def metric(
    name: str | None = None, alias: int | None = None, datatype: int | None = None, **more: Any
) -> Metric:
    given = {
        "time": None,
        "historical": False,
        "null": False,
        "kind": None,
        "value": None,
        "quality": None,
        "unit": None,
    }
    return Metric(name=name, alias=alias, datatype=datatype, **(given | more))


@pytest.fixture
def session() -> Session:
    made = Session(0, 1000)
    made.bear(None, [metric("Door", 1, BOOLEAN)])
    made.bear("cs1", [metric("Air", 2, DOUBLE, unit="degC"), metric("Core", 3, INT32)])
    made.bear("cs2", [metric("Air", None, DOUBLE)])
    return made


def test_by_alias_or_name(session: Session) -> None:
    """Both lead to the definition of the birth, each in its own device."""
    air = Definition("Air", DOUBLE, "degC")
    assert defined(session, "cs1", metric(alias=2)) == air
    assert defined(session, "cs1", metric("Air")) == air
    assert defined(session, "cs1", metric("Air", 2, DOUBLE)) == air
    assert defined(session, "cs2", metric("Air")) == Definition("Air", DOUBLE)
    assert session.devices == {"cs1", "cs2"}


@pytest.mark.parametrize(
    ("device", "said", "words"),
    [
        ("cs2", metric(alias=2), "alias 2 belongs to cs1"),
        ("cs2", metric(alias=1), "alias 1 belongs to the node itself"),
        ("cs1", metric("Core", alias=2), "alias 2 stands for 'Air', and the message says 'Core'"),
        ("cs1", metric(alias=2, datatype=INT32), "'Air' was born as Double, and is sent as Int32"),
    ],
)
def test_contradictions(session: Session, device: str, said: Metric, words: str) -> None:
    """What contradicts a birth is refused, and not read by its own words either."""
    with pytest.raises(PayloadError, match=words):
        defined(session, device, said)


@pytest.mark.parametrize("said", [metric(alias=9), metric("Core"), metric()])
def test_unknown(session: Session, said: Metric) -> None:
    """What no birth defines, and what does not say what it is, is not known."""
    with pytest.raises(UnknownMetricError, match="no birth that holds says what"):
        defined(session, "cs2", said)
    with pytest.raises(UnknownMetricError):
        defined(None, "cs1", said)


def test_born_again(session: Session) -> None:
    """A device that is born again has the aliases of its new birth alone; its old ones may be another's."""
    session.bear("cs1", [metric("Air", 7, DOUBLE)])
    assert defined(session, "cs1", metric(alias=7)).name == "Air"
    with pytest.raises(UnknownMetricError):
        defined(session, "cs1", metric(alias=2))
    session.bear("cs2", [metric("Air", 2, DOUBLE)])
    assert defined(session, "cs2", metric(alias=2)).name == "Air"


def test_number_of_a_session() -> None:
    """bdSeq is a whole number of the node; anything else is none."""
    assert bdseq_of([metric("x"), metric("bdSeq", kind="long", value=7)]) == 7
    assert bdseq_of([metric("bdSeq", kind="string", value=b"7")]) is None
    assert bdseq_of([metric("bdSeq", kind="long", value=7, null=True)]) is None
    assert bdseq_of([]) is None
