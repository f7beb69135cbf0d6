"""The telephone of the demo plant: a web server on this machine that takes notices and shows them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_LONGEST = 100_000  # bytes


@contextmanager
def phone(show: Callable[[dict[str, Any]], None]) -> Iterator[str]:
    """The address to post notices to; each is handed to `show`, once."""
    seen: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("content-length", 0)), _LONGEST)
            said = json.loads(self.rfile.read(length))
            if said["id"] not in seen:
                seen.add(said["id"])
                show(said)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, name="phone", daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
