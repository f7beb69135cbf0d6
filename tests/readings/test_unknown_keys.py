"""A key that is not known is named, with the one that was probably meant."""

from __future__ import annotations

from readings.unknown_keys import unknown_keys

KNOWN = ("channels", "every", "unit")


def test_all_known() -> None:
    """Nothing is said of keys that there are."""
    assert unknown_keys({"every": 1, "unit": 2}, KNOWN) == ""


def test_what_was_meant() -> None:
    """A slip of the finger, another spelling, another word for it; and where nothing is like it, all that there are."""
    assert unknown_keys({"chanels": 1}, KNOWN) == "unknown key chanels; did you mean channels?"
    assert unknown_keys({"Unit": 1}, KNOWN) == "unknown key Unit; did you mean unit?"
    assert unknown_keys({"interval": 1}, KNOWN, {"interval": "every"}).endswith("did you mean every?")
    assert unknown_keys({"colour": 1}, KNOWN) == "unknown key colour; known here: channels, every, unit"
    assert unknown_keys({"chanels": 1, 7: 2}, KNOWN).splitlines() == [
        "unknown key chanels; did you mean channels?",
        "unknown key 7; known here: channels, every, unit",
    ]
