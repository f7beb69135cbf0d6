"""Cursors that clients send back as they got them: where the page before ended."""

from __future__ import annotations

import base64
import binascii
import json

from dashboards.web.errors import WebRefusal


def cursor_of(place: tuple[str, ...] | None) -> str | None:
    """The cursor of a place in an order; None for none."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(place, ensure_ascii=False).encode()).decode()


def read_cursor(cursor: str | None) -> tuple[str, ...]:
    """The place of a cursor; empty for none.

    Raises:
        WebRefusal: it is none of ours.
    """
    if cursor is None:
        return ()
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, binascii.Error) as error:
        raise WebRefusal("after is not the `next` of a page of this list") from error
    if not isinstance(place, list) or not all(isinstance(each, str) for each in place):
        raise WebRefusal("after is not the `next` of a page of this list")
    return tuple(place)
