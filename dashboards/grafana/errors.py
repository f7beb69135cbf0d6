"""What can go wrong between haccpline and Grafana."""

from __future__ import annotations

from readings.errors import HaccplineError


class GrafanaError(HaccplineError):
    """A folder, an environment or a Grafana that cannot be used as asked."""
