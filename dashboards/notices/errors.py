"""What can go wrong with a notice, in words that a person can act on."""

from __future__ import annotations

from readings.errors import HaccplineError


class NotDeliveredError(HaccplineError):
    """A channel did not take a message; it is tried again."""


class NoticeError(HaccplineError):
    """A notice or a test cannot be sent as the settings stand."""
