"""What can go wrong with a report, in words."""

from __future__ import annotations

from readings.errors import HaccplineError


class ReportError(HaccplineError):
    """A report cannot be made; the message says of what, and what to do."""
