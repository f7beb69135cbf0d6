"""Serving the API on loopback."""

from __future__ import annotations

from pathlib import Path

import uvicorn

from dashboards.web.api import make_api

_PATIENCE = 3  # seconds for requests under way when told to stop


def serve(folder: Path, *, site: str, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        folder: the site's data, written by the record process.
        site: the site's id.
        host: a loopback address.
        port: of it.
    """
    uvicorn.run(
        make_api(folder, site),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_PATIENCE,
    )
