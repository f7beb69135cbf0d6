"""The one family of errors that speak to people."""

from __future__ import annotations


class HaccplineError(Exception):
    """Something a person can mend; the message says where it is and what to do."""


class UnitError(HaccplineError):
    """A unit is unknown, or two units do not measure the same thing."""


class TimeError(HaccplineError):
    """A text is not a time or a duration that can be read in one way only."""


class BlockError(HaccplineError):
    """A stored block cannot be read; the store is damaged or of a later version."""
