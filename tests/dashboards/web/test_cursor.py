"""A cursor comes back as it was given, and rubbish is refused in words."""

from __future__ import annotations

import base64

import pytest

from dashboards.web.cursor import cursor_of, read_cursor
from dashboards.web.errors import WebRefusal


def test_round_trip():
    """Any place, in any script."""
    place = ("cold-3", "CCP1", "库温", "CS1", "2026-12-01T00:00:00Z")
    cursor = cursor_of(place)
    assert cursor is not None
    assert cursor.isascii()
    assert read_cursor(cursor) == place


def test_none_is_the_beginning():
    """And the end."""
    assert read_cursor(None) == ()
    assert cursor_of(None) is None


@pytest.mark.parametrize("rubbish", ["x", "%%%", "1234", base64.urlsafe_b64encode(b'{"a":1}').decode(), "é"])
def test_rubbish(rubbish):
    """Not a cursor of ours."""
    with pytest.raises(WebRefusal, match="not the `next`"):
        read_cursor(rubbish)
