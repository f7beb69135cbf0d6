"""What the parts of the web share while they serve: hung on the app, found again from a request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from dashboards.views.plant import Plant
from dashboards.views.site import SiteView
from dashboards.views.snapshot import Snapshot
from dashboards.web.errors import NotRecorded
from dashboards.web.exports import Exports
from dashboards.web.rate import Buckets
from dashboards.web.settings import ServeSettings
from dashboards.web.stores import Stores
from dashboards.web.timelines import Timelines
from readings.posted import Poster
from readings.times import format_time

HASHES_AT_ONCE = 2  # an Argon2id hash takes 64 MiB while it is made


@dataclass(frozen=True, slots=True)
class Web:
    """What the parts of the web share.

    Attributes:
        site: what is served.
        settings: how.
        stores: its databases.
        plant: what is known of it now.
        timelines: its verdicts, of any time.
        buckets: how often each address may ask.
        exports: packages being made and made.
        poster: understands what programs hand in; None: nothing can be handed in here.
        now: wall clock, ns UTC.
        hashing: passwords are checked so many at once, and no more.
    """

    site: SiteView
    settings: ServeSettings
    stores: Stores
    plant: Plant
    timelines: Timelines
    buckets: Buckets
    exports: Exports
    poster: Poster | None = None
    now: Callable[[], int] = time.time_ns
    hashing: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(HASHES_AT_ONCE))


def web_of(request: Request) -> Web:
    """The web that a request came to."""
    web: Web = request.app.state.web
    return web


def snapshot_of(web: Web) -> Snapshot:
    """What is known of the site now.

    Raises:
        NotRecorded: there is no record yet, or it cannot be read.
    """
    snapshot = web.plant.refresh()
    if snapshot.trouble or not snapshot.recorded:
        raise NotRecorded(snapshot.trouble or "this site has not been recorded yet")
    return snapshot


def standing_of(snapshot: Snapshot) -> dict[str, Any]:
    """As of when an answer is: up to where the record is known, and whether that is now."""
    known = snapshot.known
    return {"known_to": format_time(known) if known else None, "current": snapshot.current}


def standing_headers(snapshot: Snapshot) -> dict[str, str]:
    """The same as headers: an answer that is not sent again (304) says it too."""
    known = {"Haccpline-Known-To": format_time(snapshot.known)} if snapshot.known else {}
    return known | {"Haccpline-Current": "true" if snapshot.current else "false"}
