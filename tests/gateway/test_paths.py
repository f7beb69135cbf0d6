"""Paths lead where they say, or say what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from gateway.errors import PayloadError
from gateway.paths import getter, way, word

MESSAGE = {
    "a": {"b": 1, "b.c": 2, "x[0]": 3, 'q"q': 4, "Air Temperature": 5},
    "switch:0": {"temperature": {"tC": 48.4}},
    "rx": [{"rssi": -36, "id": "g1"}, {"rssi": -80, "id": "g2"}],
    "nothing": None,
    "@type": "up",
    "messages": [{"measurementId": "4097", "v": 6.5}, {"measurementId": 4098, "v": 66}],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", 1),
        ('a."b.c"', 2),
        ('a."x[0]"', 3),
        (r'a."q\"q"', 4),
        ("a.Air Temperature", 5),
        ("switch:0.temperature.tC", 48.4),
        ("rx[1].rssi", -80),
        ("rx[2].rssi", UNSET),
        ("rx[id=g1].rssi", -36),
        ("rx[id=g3].rssi", UNSET),
        ("messages[measurementId=4097].v", 6.5),
        ("messages[measurementId=4098].v", 66),
        ("@type", "up"),
        ("nothing", None),
        ("nothing.at.all", UNSET),
        ("a.c", UNSET),
        ("c.d", UNSET),
        ("$", MESSAGE),
        ("$.a.b", 1),
        ("@", MESSAGE),
    ],
)
def test_a_path_leads_there(path: str, found: Any) -> None:
    """Keys with dots, brackets and quotes are quoted; elements are counted or chosen; nothing there is no fault."""
    assert getter(way(path))(MESSAGE) == found


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("a.b.c", "at a.b.c: an object was expected, not 1"),
        ("a[0]", "at a[0]: a list was expected"),
        ("rx.rssi", "at rx.rssi: an object was expected"),
        ("messages.v", "an object was expected"),
    ],
)
def test_a_message_built_otherwise_is_told(path: str, told: str) -> None:
    """A number where an object should be is no missing value: it is another message than was meant."""
    with pytest.raises(PayloadError) as refused:
        getter(way(path))(MESSAGE)
    assert told in str(refused.value)


def test_an_element_is_chosen_once() -> None:
    """Two elements with the same key are not to be told apart."""
    with pytest.raises(PayloadError, match="2 elements are meant"):
        getter(way("m[id=1].v"))({"m": [{"id": 1, "v": 1}, {"id": "1", "v": 2}]})


@pytest.mark.parametrize("path", ["", ".a", "a.", "a..b", "a[", "a[b]", 'a"b"', 'a."b', "a[0]b", "a]"])
def test_what_is_no_path_is_refused(path: str) -> None:
    """With the place where it stops to be one."""
    with pytest.raises(ValueError, match=r"is no path \(see behind"):
        way(path)


def test_only_the_first_step_means_the_whole() -> None:
    """`$` begins at the message, `@` is the element; quoted, or deeper, they are keys like others."""
    assert way("$.a").whole
    assert not way('"$".a').whole
    assert way('"$".a').steps == ("$", "a")
    assert way("a.$").steps == ("a", "$")


@pytest.mark.parametrize(
    ("one", "other"), [("ON", " on"), (True, "TRUE"), (False, "false"), (1, "1"), (1.0, 1)]
)
def test_words_are_compared_as_they_are_meant(one: Any, other: Any) -> None:
    """Capital letters, spaces around and how JSON writes them make no difference."""
    assert word(one) == word(other)
